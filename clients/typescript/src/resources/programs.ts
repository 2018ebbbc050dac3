// Written by `make clients`: change the generator instead.

import { type Currency, type CurrencyFigures, type Location, type Options, type Program, type ProgramFigures, type Promotion, type Referral } from "../models/programs.ts";
import { Pages } from "../pages.ts";
import { type ChangeCurrencyOptionsParams, type ChangeCurrencyParams, type ChangeLocationParams, type ChangeProgramParams, type ChangePromotionParams, type CreateCurrencyParams, type CreateLocationParams, type CreateProgramParams, type CreatePromotionParams, type ListLocationsParams, type ListPromotionsParams, type PutReferralParams } from "../params/programs.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class ProgramsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a program. Needs the scope admin. */
  create(params: CreateProgramParams, options: WriteOptions = {}): Promise<Program> {
    return this.#api.write("POST", "/v1/programs", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List programs. Needs the scope read. */
  list(params: PageParams = {}): Pages<Program> {
    return this.#api.pages("/v1/programs", params);
  }

  /** Read a program. Needs the scope read. */
  get(programId: string): Promise<Program> {
    return this.#api.read(`/v1/programs/${part(programId)}`, {});
  }

  /** Change a program. Needs the scope admin. */
  update(programId: string, params: ChangeProgramParams = {}, options: WriteOptions = {}): Promise<Program> {
    return this.#api.write("PATCH", `/v1/programs/${part(programId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Count what a program has. Needs the scope read. */
  figures(programId: string): Promise<ProgramFigures> {
    return this.#api.read(`/v1/programs/${part(programId)}/figures`, {});
  }

}

export class CurrenciesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a currency. Needs the scope admin. */
  create(programId: string, params: CreateCurrencyParams, options: WriteOptions = {}): Promise<Currency> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/currencies`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List currencies. Needs the scope read. */
  list(programId: string, params: PageParams = {}): Pages<Currency> {
    return this.#api.pages(`/v1/programs/${part(programId)}/currencies`, params);
  }

  /** Read a currency. Needs the scope read. */
  get(currencyId: string): Promise<Currency> {
    return this.#api.read(`/v1/currencies/${part(currencyId)}`, {});
  }

  /** Change a currency. Needs the scope admin. */
  update(currencyId: string, params: ChangeCurrencyParams = {}, options: WriteOptions = {}): Promise<Currency> {
    return this.#api.write("PATCH", `/v1/currencies/${part(currencyId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Add up what is open in a currency. What is open now, with what is due recorded before. Needs the scope read. */
  figures(currencyId: string): Promise<CurrencyFigures> {
    return this.#api.read(`/v1/currencies/${part(currencyId)}/figures`, {});
  }

  /** Read a currency's options. Needs the scope read. */
  options(currencyId: string): Promise<Options> {
    return this.#api.read(`/v1/currencies/${part(currencyId)}/options`, {});
  }

  /** Change a currency's options. Needs the scope admin. */
  updateOptions(currencyId: string, params: ChangeCurrencyOptionsParams = {}, options: WriteOptions = {}): Promise<Options> {
    return this.#api.write("PATCH", `/v1/currencies/${part(currencyId)}/options`, params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class PromotionsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a promotion. Needs the scope admin. */
  create(programId: string, params: CreatePromotionParams, options: WriteOptions = {}): Promise<Promotion> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/promotions`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List promotions. All, or those that are active (`active=true`), or not. Needs the scope read. */
  list(programId: string, params: ListPromotionsParams = {}): Pages<Promotion> {
    return this.#api.pages(`/v1/programs/${part(programId)}/promotions`, params);
  }

  /** Read a promotion. Needs the scope read. */
  get(promotionId: string): Promise<Promotion> {
    return this.#api.read(`/v1/promotions/${part(promotionId)}`, {});
  }

  /** Change a promotion. Needs the scope admin. */
  update(promotionId: string, params: ChangePromotionParams = {}, options: WriteOptions = {}): Promise<Promotion> {
    return this.#api.write("PATCH", `/v1/promotions/${part(promotionId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class LocationsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a location. Needs the scope admin. */
  create(params: CreateLocationParams, options: WriteOptions = {}): Promise<Location> {
    return this.#api.write("POST", "/v1/locations", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List locations. Needs the scope read. */
  list(params: ListLocationsParams = {}): Pages<Location> {
    return this.#api.pages("/v1/locations", params);
  }

  /** Read a location. Needs the scope read. */
  get(locationId: string): Promise<Location> {
    return this.#api.read(`/v1/locations/${part(locationId)}`, {});
  }

  /** Change a location. Needs the scope admin. */
  update(locationId: string, params: ChangeLocationParams = {}, options: WriteOptions = {}): Promise<Location> {
    return this.#api.write("PATCH", `/v1/locations/${part(locationId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class ReferralsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Set what is given for bringing a friend. Create the program's referral, or replace it. Needs the scope admin. */
  set(programId: string, params: PutReferralParams, options: WriteOptions = {}): Promise<Referral> {
    return this.#api.write("PUT", `/v1/programs/${part(programId)}/referral`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Read what is given for bringing a friend. Needs the scope read. */
  get(programId: string): Promise<Referral> {
    return this.#api.read(`/v1/programs/${part(programId)}/referral`, {});
  }

  /** Give nothing for bringing a friend. Needs the scope admin. */
  delete(programId: string, options: WriteOptions = {}): Promise<Referral> {
    return this.#api.write("DELETE", `/v1/programs/${part(programId)}/referral`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

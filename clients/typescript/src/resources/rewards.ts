// Written by `make clients`: change the generator instead.

import { type Benefit, type Code, type CodeCounts, type Offer, type Purchase, type PurchaseRefund, type Reward } from "../models/rewards.ts";
import { type Page, Pages } from "../pages.ts";
import { type AddCodesParams, type BuyRewardParams, type ChangeBenefitParams, type ChangeRewardParams, type CreateBenefitParams, type CreateRewardParams, type ListCodesParams, type ListRewardsParams, type PutOfferParams, type RefundPurchaseParams } from "../params/rewards.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class BenefitsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a benefit. Needs the scope admin. */
  create(programId: string, params: CreateBenefitParams, options: WriteOptions = {}): Promise<Benefit> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/benefits`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List benefits. Needs the scope read. */
  list(programId: string, params: PageParams = {}): Pages<Benefit> {
    return this.#api.pages(`/v1/programs/${part(programId)}/benefits`, params);
  }

  /** Read a benefit. Needs the scope read. */
  get(benefitId: string): Promise<Benefit> {
    return this.#api.read(`/v1/benefits/${part(benefitId)}`, {});
  }

  /** Change a benefit. Needs the scope admin. */
  update(benefitId: string, params: ChangeBenefitParams = {}, options: WriteOptions = {}): Promise<Benefit> {
    return this.#api.write("PATCH", `/v1/benefits/${part(benefitId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Let rules give a benefit. Needs the scope admin. */
  activate(benefitId: string, options: WriteOptions = {}): Promise<Benefit> {
    return this.#api.write("POST", `/v1/benefits/${part(benefitId)}/activate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Make a benefit a draft. Needs the scope admin. */
  draft(benefitId: string, options: WriteOptions = {}): Promise<Benefit> {
    return this.#api.write("POST", `/v1/benefits/${part(benefitId)}/draft`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Delete a benefit. Needs the scope admin. */
  delete(benefitId: string, options: WriteOptions = {}): Promise<Benefit> {
    return this.#api.write("DELETE", `/v1/benefits/${part(benefitId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class RewardsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a reward. Needs the scope admin. */
  create(programId: string, params: CreateRewardParams, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/rewards`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List rewards. Needs the scope read. */
  list(programId: string, params: ListRewardsParams = {}): Pages<Reward> {
    return this.#api.pages(`/v1/programs/${part(programId)}/rewards`, params);
  }

  /** Read a reward. Needs the scope read. */
  get(rewardId: string): Promise<Reward> {
    return this.#api.read(`/v1/rewards/${part(rewardId)}`, {});
  }

  /** Change a reward. Needs the scope admin. */
  update(rewardId: string, params: ChangeRewardParams = {}, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("PATCH", `/v1/rewards/${part(rewardId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Put a reward on sale. Needs the scope admin. */
  activate(rewardId: string, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("POST", `/v1/rewards/${part(rewardId)}/activate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Take a reward off sale. Needs the scope admin. */
  deactivate(rewardId: string, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("POST", `/v1/rewards/${part(rewardId)}/deactivate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Make a reward a draft. Needs the scope admin. */
  draft(rewardId: string, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("POST", `/v1/rewards/${part(rewardId)}/draft`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Delete a reward. Needs the scope admin. */
  delete(rewardId: string, options: WriteOptions = {}): Promise<Reward> {
    return this.#api.write("DELETE", `/v1/rewards/${part(rewardId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Offer a reward, with a stock. Needs the scope admin. */
  offer(programId: string, rewardId: string, params: PutOfferParams = {}, options: WriteOptions = {}): Promise<Offer> {
    return this.#api.write("PUT", `/v1/programs/${part(programId)}/offers/${part(rewardId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** End an offer. Needs the scope admin. */
  endOffer(programId: string, rewardId: string, options: WriteOptions = {}): Promise<Offer> {
    return this.#api.write("DELETE", `/v1/programs/${part(programId)}/offers/${part(rewardId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Add codes to a reward's pool. Needs the scope admin. */
  addCodes(rewardId: string, params: AddCodesParams, options: WriteOptions = {}): Promise<Page<Code>> {
    return this.#api.write("POST", `/v1/rewards/${part(rewardId)}/codes`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List a reward's codes. Those of the pool, and those that purchases handed out. Needs the scope admin. */
  codes(rewardId: string, params: ListCodesParams = {}): Pages<Code> {
    return this.#api.pages(`/v1/rewards/${part(rewardId)}/codes`, params);
  }

  /** Count a reward's codes by their state. Needs the scope read. */
  countCodes(rewardId: string): Promise<CodeCounts> {
    return this.#api.read(`/v1/rewards/${part(rewardId)}/codes/counts`, {});
  }

  /** List a reward's purchases, newest first. The newest first. Needs the scope read. */
  purchases(rewardId: string, params: PageParams = {}): Pages<Purchase> {
    return this.#api.pages(`/v1/rewards/${part(rewardId)}/purchases`, params);
  }

}

export class PurchasesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Buy a reward with points. Needs the scope ledger:write. */
  create(memberId: string, params: BuyRewardParams, options: WriteOptions = {}): Promise<Purchase> {
    return this.#api.write("POST", `/v1/members/${part(memberId)}/purchases`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List a member's purchases, newest first. The newest first. Needs the scope read. */
  list(memberId: string, params: PageParams = {}): Pages<Purchase> {
    return this.#api.pages(`/v1/members/${part(memberId)}/purchases`, params);
  }

  /** Read a purchase. Needs the scope read. */
  get(purchaseId: string): Promise<Purchase> {
    return this.#api.read(`/v1/purchases/${part(purchaseId)}`, {});
  }

  /** Take a purchase back, whole or in part. Needs the scope ledger:cancel. */
  refund(purchaseId: string, params: RefundPurchaseParams = {}, options: WriteOptions = {}): Promise<PurchaseRefund> {
    return this.#api.write("POST", `/v1/purchases/${part(purchaseId)}/refund`, params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class CodesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Use a code that was handed out. Needs the scope ledger:write. */
  use(code: string, options: WriteOptions = {}): Promise<Code> {
    return this.#api.write("POST", `/v1/codes/${part(code)}/use`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

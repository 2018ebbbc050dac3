// Written by `make clients`: change the generator instead.

import { type Award, type CancelledEvent, type CustomEvent, type Evaluation, type RestoredEvent, type Rule, type RuleVersion, type SegmentEntry } from "../models/loyalty.ts";
import { Pages } from "../pages.ts";
import { type ChangeRuleParams, type CreateCustomEventParams, type CreateRuleParams, type EnterSegmentParams, type EvaluateRulesParams, type ListRuleAwardsParams, type ListRulesParams } from "../params/loyalty.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class RulesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a rule. Needs the scope admin. */
  create(programId: string, params: CreateRuleParams, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/rules`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List rules. Needs the scope read. */
  list(programId: string, params: ListRulesParams = {}): Pages<Rule> {
    return this.#api.pages(`/v1/programs/${part(programId)}/rules`, params);
  }

  /** Read a rule. Needs the scope read. */
  get(ruleId: string): Promise<Rule> {
    return this.#api.read(`/v1/rules/${part(ruleId)}`, {});
  }

  /** Change a rule, by a new version. Needs the scope admin. */
  update(ruleId: string, params: ChangeRuleParams = {}, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("PATCH", `/v1/rules/${part(ruleId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Delete a rule. The rule counts no more; what it gave, and its versions, stay. Needs the scope admin. */
  delete(ruleId: string, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("DELETE", `/v1/rules/${part(ruleId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Let a rule count. Needs the scope admin. */
  activate(ruleId: string, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("POST", `/v1/rules/${part(ruleId)}/activate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Let a rule count no more. Needs the scope admin. */
  deactivate(ruleId: string, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("POST", `/v1/rules/${part(ruleId)}/deactivate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Make a rule a draft again. Needs the scope admin. */
  draft(ruleId: string, options: WriteOptions = {}): Promise<Rule> {
    return this.#api.write("POST", `/v1/rules/${part(ruleId)}/draft`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Try rules out, and see why they count or not. What the rules would give, and for each of them why it counts or not. Writes nothing. Needs the scope read. */
  evaluate(programId: string, params: EvaluateRulesParams = {}, options: WriteOptions = {}): Promise<Evaluation> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/rules/evaluate`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List a rule's versions, newest first. Needs the scope read. */
  versions(ruleId: string, params: PageParams = {}): Pages<RuleVersion> {
    return this.#api.pages(`/v1/rules/${part(ruleId)}/versions`, params);
  }

  /** List what a rule gave, newest first. The rule's awards, newest first: all, a member's, those in force, or the others. Needs the scope read. */
  awards(ruleId: string, params: ListRuleAwardsParams = {}): Pages<Award> {
    return this.#api.pages(`/v1/rules/${part(ruleId)}/awards`, params);
  }

}

export class CustomEventsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Record an event of a member. Needs the scope ledger:write. */
  create(programId: string, params: CreateCustomEventParams, options: WriteOptions = {}): Promise<CustomEvent> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/custom_events`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Read an event. Needs the scope read. */
  get(customEventId: string): Promise<CustomEvent> {
    return this.#api.read(`/v1/custom_events/${part(customEventId)}`, {});
  }

  /** Take back what an event gave. Take back what the event gave; a repeat answers the event as it is. Needs the scope ledger:cancel. */
  cancel(customEventId: string, options: WriteOptions = {}): Promise<CancelledEvent> {
    return this.#api.write("POST", `/v1/custom_events/${part(customEventId)}/cancel`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Undo the cancel of an event. Undo the cancel; a repeat answers the event as it is. Needs the scope ledger:cancel. */
  restore(customEventId: string, options: WriteOptions = {}): Promise<RestoredEvent> {
    return this.#api.write("POST", `/v1/custom_events/${part(customEventId)}/restore`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class SegmentsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Let a member enter a segment. A member enters a segment; who is inside already stays there, and nothing is recorded. Needs the scope ledger:write. */
  enter(programId: string, params: EnterSegmentParams, options: WriteOptions = {}): Promise<SegmentEntry> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/segment_entries`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Let a member leave a segment. The member leaves the segment; what its entry gave stays. Needs the scope ledger:write. */
  leave(programId: string, name: string, memberId: string, options: WriteOptions = {}): Promise<SegmentEntry> {
    return this.#api.write("DELETE", `/v1/programs/${part(programId)}/segments/${part(name)}/members/${part(memberId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

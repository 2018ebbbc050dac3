// Written by `make clients`: change the generator instead.

import { type Order, type OrderPayment, type OrderRefund } from "../models/orders.ts";
import { Pages } from "../pages.ts";
import { type AddOrderPaymentParams, type CancelOrderParams, type ChangeOrderParams, type CreateOrderParams, type CreateRefundParams, type ListOrdersParams, type PayOrderParams, type ReturnOrderPaymentParams } from "../params/orders.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class OrdersResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create an order, or change it. A new order; one with that external id is changed instead. Needs the scope ledger:write. */
  create(programId: string, params: CreateOrderParams, options: WriteOptions = {}): Promise<Order> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List orders, newest first. Newest first; of one member, if one is named. Needs the scope read. */
  list(programId: string, params: ListOrdersParams = {}): Pages<Order> {
    return this.#api.pages(`/v1/programs/${part(programId)}/orders`, params);
  }

  /** Read an order. Needs the scope read. */
  get(programId: string, order: string): Promise<Order> {
    return this.#api.read(`/v1/programs/${part(programId)}/orders/${part(order)}`, {});
  }

  /** Change an order. Needs the scope ledger:write. */
  update(programId: string, order: string, params: ChangeOrderParams = {}, options: WriteOptions = {}): Promise<Order> {
    return this.#api.write("PATCH", `/v1/programs/${part(programId)}/orders/${part(order)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Mark an order as paid. The order is paid. A repeat changes nothing; a cancelled order stays cancelled. Needs the scope ledger:write. */
  pay(programId: string, order: string, params: PayOrderParams = {}, options: WriteOptions = {}): Promise<Order> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/pay`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Cancel an order. All that remains is taken back. A repeat changes nothing. Needs the scope ledger:cancel. */
  cancel(programId: string, order: string, params: CancelOrderParams = {}, options: WriteOptions = {}): Promise<Order> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/cancel`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Pay for an order with points. Needs the scope ledger:write. */
  addPayment(programId: string, order: string, params: AddOrderPaymentParams, options: WriteOptions = {}): Promise<OrderPayment> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/payments`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List what points paid for an order. Oldest first. Needs the scope read. */
  payments(programId: string, order: string, params: PageParams = {}): Pages<OrderPayment> {
    return this.#api.pages(`/v1/programs/${part(programId)}/orders/${part(order)}/payments`, params);
  }

  /** Give the points of a payment back. All that is in force of the payment comes back. A repeat changes nothing. Needs the scope ledger:cancel. */
  returnPayment(programId: string, order: string, paymentId: string, params: ReturnOrderPaymentParams = {}, options: WriteOptions = {}): Promise<OrderPayment> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/payments/${part(paymentId)}/return`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Take part of an order back. Needs the scope ledger:cancel. */
  refund(programId: string, order: string, params: CreateRefundParams = {}, options: WriteOptions = {}): Promise<OrderRefund> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/refunds`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List refunds of an order. Oldest first. Needs the scope read. */
  refunds(programId: string, order: string, params: PageParams = {}): Pages<OrderRefund> {
    return this.#api.pages(`/v1/programs/${part(programId)}/orders/${part(order)}/refunds`, params);
  }

  /** Restore what a refund took. What the order's newest refund took is restored. A repeat changes nothing. Needs the scope ledger:cancel. */
  voidRefund(programId: string, order: string, refundId: string, options: WriteOptions = {}): Promise<OrderRefund> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/orders/${part(order)}/refunds/${part(refundId)}/void`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

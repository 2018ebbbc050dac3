// A member's life with the vendor's own client: earn, wait, buy, pay, and take all of it back.
// node story.js <url> <application id> <secret> <a program> <its reward> <a customer who joins it>
'use strict'

const { VoucherifyServerSide } = require('@voucherify/sdk')

const [base, applicationId, secretKey, program, reward, customerId] = process.argv.slice(2)

async function main() {
  const client = VoucherifyServerSide({ applicationId, secretKey, apiUrl: base })
  // The client has no methods for v2: a second one asks for its paths.
  const v2 = VoucherifyServerSide({ applicationId, secretKey, apiUrl: base }).loyalties.client
  v2.basePath = 'v2'
  v2.setBaseUrl(base)

  const customer = { id: customerId }
  const home = `loyalties/programs/${program}`
  const member = await v2.post(`${home}/members`, {
    customer_identification: { type: 'customer_id', customer_id: customerId },
  })
  const path = `${home}/members/${member.id}`
  const card = member.cards[0].card.id
  const balances = []

  const order = (amount, status) => client.orders.create({ amount, status, customer })
  const cancel = ({ id }) => client.orders.update({ id, status: 'CANCELED' })
  const look = async () => {
    const { balance } = (await v2.get(path)).cards[0].card
    balances.push([balance.points, balance.pending_points])
  }
  const everyBucket = async step => {
    const buckets = `${path}/cards/${card}/pending-points`
    for (const each of (await v2.get(buckets)).data) {
      if (each.status === 'PENDING') await v2.post(`${buckets}/${each.id}/${step}`, {})
    }
  }

  const examined = await v2.post('loyalties/examine/earning-rules', {
    customer_identification: { type: 'member_id', member_id: member.id },
    trigger: { type: 'SPECIFIC', specific: { event: 'customer.order.paid' } },
    customer_order_paid: { order: { amount: 9900 } },
  })
  const estimate = examined.memberships[0].cards[0].points_estimation
  await order(9900, 'PAID')
  await look()
  await everyBucket('cancel')
  await look()
  const kept = await order(40000, 'PAID')
  await client.events.create('visit', { customer })
  await look()
  await everyBucket('activate')
  await look()
  const bought = await v2.post(`${path}/rewards/purchases`, { reward_id: reward })
  await look()
  const dinner = await order(5000, 'CREATED')
  await v2.post(`${path}/orders/payments`, {
    card_id: card,
    order: { id: dinner.id },
    payment_limit: { type: 'AMOUNT_LIMIT', amount_limit: { max: 20 } },
  })
  await look()
  await v2.post(`${home}/rewards/purchases/${bought.transaction.id}/refund`, {})
  await look()
  for (const each of [dinner, kept]) {
    await cancel(each)
    await look()
  }
  const moves = await v2.get(`${path}/tiers/transactions`, { order: 'created_at' })
  console.log(JSON.stringify({ estimate, balances, tiers: moves.data.map(each => each.type) }))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})

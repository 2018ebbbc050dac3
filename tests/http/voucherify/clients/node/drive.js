// Drives a running server with the vendor's own client; prints one JSON object of what it saw.
// node drive.js <url> <application id> <secret> <a card's code> <its campaign> <the card's v2 path>
'use strict'

const { VoucherifyServerSide } = require('@voucherify/sdk')

const [base, applicationId, secretKey, code, campaign, cardPath] = process.argv.slice(2)

async function main() {
  const client = VoucherifyServerSide({ applicationId, secretKey, apiUrl: base })
  const seen = {}

  const customer = await client.customers.create({ source_id: 'node', name: 'Node' })
  seen.customer = (await client.customers.get('node')).id === customer.id

  const member = await client.loyalties.createMember(campaign, { customer: { id: customer.id } })
  seen.member = member.type
  seen.card = (await client.loyalties.getMember(null, code)).loyalty_card.balance
  seen.added = (await client.loyalties.addOrRemoveCardBalance(code, { points: 40 })).balance
  const transferred = await client.loyalties.transferPoints(campaign, member.code, [
    { code, points: 15, reason: 'gift' },
  ])
  seen.transferred = transferred.loyalty_card.balance
  const redemption = await client.loyalties.redeemReward(campaign, code, {
    reward: { id: 'rew_1', points: 5 },
  })
  seen.redeemed = redemption.result
  seen.rolledBack = (await client.redemptions.rollback(redemption.id, 'wrong')).amount
  const transactions = await client.loyalties.listCardTransactions(code, null, { limit: 2 })
  seen.transactions = transactions.data.map(each => each.type)
  seen.expiration = (await client.loyalties.getPointsExpiration(campaign, code)).object
  seen.activity = (await client.loyalties.listMemberActivity(null, code)).data.length
  seen.export = (await client.loyalties.exportCardTransactions(code, null)).object
  try {
    await client.loyalties.getMember(null, 'NO-CARD')
  } catch (error) {
    seen.missing = [error.code, error.key, error.resource_type, error.details]
  }

  const raw = client.loyalties.client
  raw.basePath = 'v2'
  raw.setBaseUrl(base)
  const pending = await raw.get(`${cardPath}/pending-points`, { limit: 1 })
  seen.pending = [pending.data.length, pending.cursor !== null]
  const bucket = pending.data[0].id
  const canceled = await raw.post(`${cardPath}/pending-points/${bucket}/cancel`, {})
  seen.canceled = [canceled.status, canceled.transaction.type, canceled.transaction.status]
  try {
    await raw.post(`${cardPath}/pending-points/${bucket}/cancel`, {})
  } catch (error) {
    seen.again = [error.code, error.key, error.message, error.details]
  }
  const listed = await raw.get(`${cardPath}/transactions`, {
    limit: 100,
    order: '-created_at',
    filters: { id: { conditions: { $in: [canceled.transaction.id] } } },
  })
  seen.listed = listed.data.map(each => [each.type, each.status])
  console.log(JSON.stringify(seen))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})

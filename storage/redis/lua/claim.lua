-- claim: takes due jobs of a queue, live before bulk, at most one per lane, the lane first that could go the longest.
--
-- KEYS[1] root
-- ARGV    queue; n; program time in µs; lease in µs; rate per second (0: none); burst; program time of the store in µs
-- Reply   per job nine values: id, token, times claimed before, then lane, bulk, At, data, born, seq
local q, n, now, lease, per_second, burst = arg(), num(), num(), num(), num(), num()
local BATCH = 1000 -- lanes and jobs moved per call; the rest follows with the next

sweep(arg(), 32)
if not open(q) then return {} end

local opened = call('ZRANGEBYSCORE', BUSY .. q, '-inf', real, 'WITHSCORES', 'LIMIT', 0, BATCH)
for i = 1, #opened, 2 do settle(q, opened[i], opened[i + 1]) end

for bulk, waiting in pairs({['0'] = WAIT_LIVE .. q, ['1'] = WAIT_BULK .. q}) do
  local due = call('ZRANGEBYSCORE', waiting, '-inf', now, 'WITHSCORES', 'LIMIT', 0, BATCH)
  for i = 1, #due, 2 do
    local job = call('HMGET', JOB .. due[i], 'l', 's')
    call('ZREM', waiting, due[i])
    enqueue(due[i], q, job[1], bulk, job[2], real - (now - due[i + 1]))
  end
end

local lanes = {}
for _, line in ipairs({LIVE .. q, BULK .. q}) do
  if #lanes < n then
    for _, lane in ipairs(call('ZRANGE', line, 0, n - #lanes - 1)) do lanes[#lanes + 1] = lane end
  end
end

local reply = {}
for i = 1, permits(q, per_second, burst, #lanes) do
  local id = call('ZRANGE', lane_key(LANE, q, lanes[i]), 0, 0)[1]
  local token, tries = claim_lane(q, lanes[i], id, real + lease)
  local job = call('HMGET', JOB .. id, 'l', 'b', 'a', 'd', 'o', 's')
  for _, v in ipairs({id, token, tries}) do reply[#reply + 1] = v end
  for _, v in ipairs(job) do reply[#reply + 1] = v end
end
return reply

-- claim: takes due jobs of a queue, live before bulk, at most one per lane, the lane first that could go the longest.
--
-- KEYS[1] root
-- ARGV    queue; n; program time in µs; lease in µs; rate per second (0: none); burst; the burst of bulk jobs, 0: only live ones; program time of the store in µs
-- Reply   per job nine values: id, token, times claimed before, then lane, bulk, At, data, born, seq
local q, n, now, lease, per_second, burst, bulk_burst = arg(), num(), num(), num(), num(), num(), num()
local BATCH = math.max(n, 250) -- lanes and jobs moved per call, the longest due first; the rest follows with the next

sweep(arg(), 32)
if not open(q) then return {} end

local opened = call('ZRANGEBYSCORE', BUSY .. q, '-inf', real, 'WITHSCORES', 'LIMIT', 0, BATCH)
for i = 1, #opened, 2 do lane_of(q, opened[i]).since = tonumber(opened[i + 1]) end

promote(q, now, BATCH)
settle_all()

local next_lanes = n > 0 and call('ZRANGE', LINE .. q, 0, n - 1) or {}
local live = n > 0 and call('ZCOUNT', LINE .. q, '-inf', '(' .. whole(FIRST_BULK)) or 0
live = math.min(live, #next_lanes)
local reply, count = {}, permits(q, per_second, burst, live)
if count == live and bulk_burst > 0 then count = count + permits(q, per_second, bulk_burst, #next_lanes - live) end
local token = count > 0 and call('INCRBY', SEQ, count) - count or 0
for i = 1, count do
  local lane, till = #q .. ':' .. q .. ':' .. next_lanes[i], real + lease
  local id = call('ZRANGE', LANE .. lane, 0, 0)[1]
  local mine = whole(token + i)
  call('HSET', STATE .. lane, 't', mine, 'j', id, 'u', whole(till), 'p', '0')
  call('ZADD', BUSY .. q, till, next_lanes[i])
  call('ZREM', LINE .. q, next_lanes[i])
  local tries = call('HINCRBY', JOB .. id, 'n', 1) - 1
  local job = call('HMGET', JOB .. id, 'l', 'b', 'a', 'd', 'o', 's')
  for _, v in ipairs({id, mine, tries}) do reply[#reply + 1] = v end
  for _, v in ipairs(job) do reply[#reply + 1] = v end
end
return reply

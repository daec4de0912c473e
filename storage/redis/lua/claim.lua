-- claim: takes due jobs of a queue, live before bulk, at most one per lane, the lane first that could go the longest.
--
-- KEYS[1] root
-- ARGV    queue; n; program time in µs; lease in µs; rate per second (0: none); burst; the burst of bulk jobs, 0: only live ones; program time of the store in µs
-- Reply   per job three values: id, token, and the job (see JOB)
local q, n, now, lease, per_second, burst, bulk_burst = arg(), num(), num(), num(), num(), num(), num()
local BATCH = math.max(n, 250) -- lanes and jobs moved per call, the longest due first; the rest follows with the next

sweep(arg(), 32)
local s = queue_of(q)
if s.closed > real then return {} end

local opened = call('ZRANGEBYSCORE', BUSY .. q, '-inf', real, 'WITHSCORES', 'LIMIT', 0, BATCH)
for i = 1, #opened, 2 do
  local l = lane_of(q, opened[i])
  l.since = tonumber(opened[i + 1])
  if not l.was then stand(BUSY .. q, opened[i], false) end
end
if s.held <= real then -- which is so once in the time of a claim: look at all of them
  s.held, s.changed = NEVER, true
  for _, name in ipairs(call('SMEMBERS', HELD .. q)) do
    local l = lane_of(q, name)
    if not l.was then
      keep_held(q, name, false)
    elseif l.till <= real then
      l.since = l.till
    else
      s.held = math.min(s.held, l.till)
    end
  end
end
promote(s, now, BATCH)
settle_all()
flush()

local next_lanes = n > 0 and call('ZRANGE', LINE .. q, 0, n - 1, 'WITHSCORES') or {}
local live, found = 0, #next_lanes / 2
for i = 2, #next_lanes, 2 do
  if tonumber(next_lanes[i]) < FIRST_BULK then live = live + 1 end
end
local reply, count = {}, permits(s, per_second, burst, live)
if count == live and bulk_burst > 0 then count = count + permits(s, per_second, bulk_burst, found - live, burst) end
local token = math.max(tonumber(call('GET', NUMBER) or 0), real) -- see turn.lua
if count > 0 then call('SET', NUMBER, whole(token + count)) end
for i = 1, count do
  local l = lane_of(q, next_lanes[2 * i - 1])
  local id = call('ZRANGE', jobs_of(l), 0, 0)[1]
  local value = id and get(JOB .. id)
  local job = value and job_of(id, value)
  if id then call('ZREM', jobs_of(l), id) end
  if job then
    if job.bulk == 1 then l.bulk = l.bulk - 1 else l.live = l.live - 1 end
    l.token, l.till, l.id, l.seq, l.is_bulk, l.tries, l.born, l.listed = token + i, real + lease, id, job.seq, job.bulk, job.tries + 1, job.born, 1
    for _, v in ipairs({id, token + i, value}) do reply[#reply + 1] = v end
  else -- counted wrongly, which must not stop the line
    l.live = call('ZCOUNT', jobs_of(l), '-inf', '(' .. whole(FIRST_BULK))
    l.bulk = call('ZCARD', jobs_of(l)) - l.live
  end
end
settle_all()
flush()
return reply

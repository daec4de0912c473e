-- jobs: one page of the jobs in JOB_IDS, in the byte order of their IDs, and all that are held, in no order. See lanes.lua.
--
-- KEYS[1] root
-- ARGV    lower and upper bound as ZRANGEBYLEX takes them; at most so many IDs; at most so many bytes; queue or ''; prefix of the ID
-- Reply   {ID to go on after, or '' when there are no more, then per job: id, token of its claim or 0, the job (see JOB); of a held one,
--         what STATE has of it comes first, as if it were in JOB_IDS}
local low, high, n, bytes, queue, prefix = arg(), arg(), num(), num(), arg(), arg()
local reply, size = {''}, 0
local function add(id, token, job)
  for _, v in ipairs({id, token, job}) do reply[#reply + 1] = v end
  size = size + #job
end

for _, q in ipairs(queue ~= '' and {queue} or call('SMEMBERS', QUEUES)) do
  local states = {}
  for i, name in ipairs(call('SMEMBERS', HELD .. q)) do states[i] = STATE .. #q .. ':' .. q .. ':' .. name end
  for _, packed in ipairs(states[1] and all('MGET', nil, states) or {}) do
    local l = packed and read_lane(packed, {}) or {id = ''}
    if l.id ~= '' and string.sub(l.id, 1, #prefix) == prefix then
      local job = call('GET', JOB .. l.id)
      if job then add(l.id, l.token, string.format('%.0f,%d,%s', l.seq, l.tries, l.born) .. job) end
    end
  end
end

size = 0
local ids = call('ZRANGEBYLEX', JOB_IDS, low, high, 'LIMIT', 0, n)
if #ids == n then reply[1] = ids[n] end
for i, id in ipairs(ids) do
  local job = call('GET', JOB .. id)
  if job then
    local of, on, data = string.match(job, '^%d+,%d+,%d* [01] %d* (%d+) (%d+) ()')
    local q, name = string.sub(job, data, data + of - 1), string.sub(job, data + of, data + of + on - 1)
    if queue == '' or q == queue then
      local packed = call('GET', STATE .. #q .. ':' .. q .. ':' .. name)
      local l = packed and read_lane(packed, {}) or {}
      add(id, l.id == id and l.token or 0, job)
    end
  end
  if size > bytes and i < #ids then
    reply[1] = id
    break
  end
end
return reply

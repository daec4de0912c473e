-- copy: the one moment of a copy. What it must read is little: the documents that changed of late, the jobs pushed of late and the held
-- ones, and of all others only that they are still there.
--
-- KEYS[1] root
-- ARGV    number up to which jobs are known; what COPYING must hold; a word to announce; how many keys; keys of documents
-- Reply   {'' if COPYING holds something else, then nothing follows; the last number, then per key: HEAD or '', data; then per job: its ID
--         alone, or after '' its ID and the job (see JOB)}
local known, mark, word = num(), arg(), arg()
if call('GET', COPYING) ~= mark then return {''} end
local reply = {call('GET', NUMBER) or '0'}
for _ = 1, num() do
  local key = arg()
  reply[#reply + 1] = call('GET', HEAD .. key) or ''
  reply[#reply + 1] = call('GET', DOC .. key) or ''
end
local function add(id, job)
  for _, v in ipairs({'', id, job}) do reply[#reply + 1] = v end
end
for _, q in ipairs(call('SMEMBERS', QUEUES)) do
  for _, name in ipairs(call('SMEMBERS', HELD .. q)) do
    local packed = call('GET', STATE .. #q .. ':' .. q .. ':' .. name)
    local l = packed and read_lane(packed, {}) or {id = ''}
    local job = l.id ~= '' and call('GET', JOB .. l.id)
    if job then add(l.id, string.format('%.0f,%d,%s', l.seq, l.tries, l.born) .. job) end
  end
end
for _, id in ipairs(call('ZRANGE', JOB_IDS, 0, -1)) do
  local seq = tonumber(string.match(call('GETRANGE', JOB .. id, 0, 19), '^%d+') or 0)
  if seq > known then
    add(id, call('GET', JOB .. id))
  else
    reply[#reply + 1] = id
  end
end
call('PUBLISH', CHANNEL .. '!copy', word)
return reply

-- jobs: one page of jobs in the byte order of their IDs.
--
-- KEYS[1] root
-- ARGV    lower and upper bound as ZRANGEBYLEX takes them; at most so many IDs; at most so many bytes; queue or ''
-- Reply   {ID to go on after, or '' when there are no more, then per job: id, token of its claim or '', times claimed,
--         queue, lane, bulk, At, data, born, seq}
local low, high, n, bytes, queue = arg(), arg(), num(), num(), arg()
local ids = call('ZRANGEBYLEX', JOB_IDS, low, high, 'LIMIT', 0, n)
local reply, size = {#ids == n and ids[n] or ''}, 0
for i, id in ipairs(ids) do
  local job = call('HMGET', JOB .. id, 'n', 'q', 'l', 'b', 'a', 'd', 'o', 's')
  if job[1] and (queue == '' or job[2] == queue) then
    local state = call('HMGET', STATE .. #job[2] .. ':' .. job[2] .. ':' .. job[3], 'j', 't')
    reply[#reply + 1] = id
    reply[#reply + 1] = state[1] == id and state[2] or ''
    for _, v in ipairs(job) do reply[#reply + 1] = v end
    size = size + #job[6]
  end
  if size > bytes and i < #ids then
    reply[1] = id
    break
  end
end
return reply

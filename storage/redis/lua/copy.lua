-- copy: the one moment of a copy. What it must read is little: the documents that changed of late, the jobs pushed of late, and of all
-- others only that they are still there.
--
-- KEYS[1] root
-- ARGV    seq up to which jobs are known; a word to announce; how many keys; keys of documents
-- Reply   {revision, seq, then per key: revision or '', until, data; then per job: its ID alone, or after '' its ID, queue, lane, bulk,
--         At, data, born, seq}
local known, word = num(), arg()
local reply = {call('GET', REV) or '0', call('GET', SEQ) or '0'}
for _ = 1, num() do
  local doc = call('HMGET', DOC .. arg(), 'r', 'u', 'd')
  for i = 1, 3 do reply[#reply + 1] = doc[i] or '' end
end
for _, id in ipairs(call('ZRANGE', JOB_IDS, 0, -1)) do
  if tonumber(call('HGET', JOB .. id, 's')) > known then
    reply[#reply + 1] = ''
    reply[#reply + 1] = id
    for _, v in ipairs(call('HMGET', JOB .. id, 'q', 'l', 'b', 'a', 'd', 'o', 's')) do reply[#reply + 1] = v end
  else
    reply[#reply + 1] = id
  end
end
call('PUBLISH', CHANNEL .. '!copy', word)
return reply

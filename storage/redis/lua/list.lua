-- list: one page of documents in the byte order of their keys.
--
-- KEYS[1] root
-- ARGV    lower and upper bound as ZRANGEBYLEX takes them; at most so many keys; at most so many bytes (one document is always
--         looked at); program time in ns
-- Reply   {key to go on after, or '' when there are no more, then per document: key, revision, until, data}
local low, high, n, bytes, now = arg(), arg(), num(), num(), arg()
local keys = call('ZRANGEBYLEX', KEYS_OF_DOCS, low, high, 'LIMIT', 0, n)
local reply, size = {#keys == n and keys[n] or ''}, 0
for i, key in ipairs(keys) do
  local doc = call('HMGET', DOC .. key, 'r', 'u', 'd')
  if doc[1] and not passed(doc[2], now) then
    reply[#reply + 1] = key
    for _, v in ipairs(doc) do reply[#reply + 1] = v end
    size = size + #doc[3]
  end
  if size > bytes and i < #keys then
    reply[1] = key
    break
  end
end
return reply

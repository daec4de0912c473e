-- list: one page of documents in the byte order of their keys.
--
-- KEYS[1] root
-- ARGV    lower and upper bound as ZRANGEBYLEX takes them; at most so many keys; at most so many bytes (one document is always
--         looked at); program time in ns
-- Reply   {key to go on after, or '' when there are no more, then per document: key, HEAD, data}
local low, high, n, bytes, now = arg(), arg(), num(), num(), arg()
local keys = call('ZRANGEBYLEX', KEYS_OF_DOCS, low, high, 'LIMIT', 0, n)
local reply, size, names = {#keys == n and keys[n] or ''}, 0, {}
if not keys[1] then return reply end
for i, key in ipairs(keys) do names[i] = HEAD .. key end
local heads = all('MGET', nil, names)
for i, key in ipairs(keys) do
  local head = heads[i]
  local _, ends = heading(head or '0')
  local data = head and not passed(ends, now) and call('GET', DOC .. key)
  if data then
    for _, v in ipairs({key, head, data}) do reply[#reply + 1] = v end
    size = size + #data
  end
  if size > bytes and i < #keys then
    reply[1] = key
    break
  end
end
return reply

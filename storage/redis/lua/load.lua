-- load: documents as they are at one moment.
--
-- KEYS[1] root
-- ARGV    keys
-- Reply   per key: {revision, until, data}, nils where there is none
local reply = {}
for i, key in ipairs(ARGV) do reply[i] = redis.call('HMGET', DOC .. key, 'r', 'u', 'd') end
return reply

-- lease: takes, prolongs or (ms = 0) gives up a lease.
--
-- KEYS[1] root
-- ARGV    name; owner; ms
-- Reply   1, or 0 when another owner has it
local key, owner, ms = LEASE .. ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('GET', key)
if held and held ~= owner then return 0 end
if ms == '0' then redis.call('DEL', key) else redis.call('SET', key, owner, 'PX', ms) end
return 1

-- backlog: what waits in one queue, from the ends of its lines alone, so that asking costs the same however much waits.
--
-- KEYS[1] root
-- ARGV    queue; at most so many lanes of each kind are looked into
-- Reply   {ns of program time since when the oldest live job seen could go, or ''; lanes in line, lanes busy or paused, jobs not due}
local q, n = arg(), num()
local oldest, oldest_us = '', nil
local function look(lanes)
  for _, name in ipairs(lanes) do
    local lane = #q .. ':' .. q .. ':' .. name
    local packed = call('GET', STATE .. lane)
    local l = packed and read_lane(packed, {}) or {id = '', live = 0}
    local id = l.id ~= '' and l.is_bulk == 0 and l.id or l.live > 0 and call('ZRANGE', LANE .. lane, 0, 0)[1]
    local job = id and call('GET', JOB .. id)
    if job then
      local born, due = string.match(job, '^%d*,?%d*,?(%d*) [01] (%d*)')
      local since = id == l.id and l.born or born
      if #due > #since or #due == #since and due > since then since = due end
      if since ~= '' and (not oldest_us or tonumber(since) < oldest_us) then oldest, oldest_us = since, tonumber(since) end
    end
  end
end
look(call('ZRANGE', LINE .. q, 0, n - 1))
look(call('ZRANGE', BUSY .. q, 0, n - 1))
look(call('ZREVRANGE', BUSY .. q, 0, n - 1)) -- what failed most often stays away the longest
look(call('SRANDMEMBER', HELD .. q, n))
return {oldest, call('ZCARD', LINE .. q), call('ZCARD', BUSY .. q) + call('SCARD', HELD .. q),
  call('ZCARD', WAIT_LIVE .. q) + call('ZCARD', WAIT_BULK .. q)}

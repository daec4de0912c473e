-- backlog: what waits in one queue, from the ends of its lines alone, so that asking costs the same however much waits.
--
-- KEYS[1] root
-- ARGV    queue; at most so many lanes of each kind are looked into
-- Reply   {ns of program time since when the oldest live job seen could go, or ''; lanes in line, lanes busy or paused, jobs not due}
local q, n = arg(), num()
local oldest, oldest_us = '', nil
local function look(lanes)
  for _, name in ipairs(lanes) do
    local head = call('ZRANGE', LANE .. #q .. ':' .. q .. ':' .. name, 0, 0, 'WITHSCORES')
    if head[1] and tonumber(head[2]) < 4503599627370496 then -- live
      local job = call('HMGET', JOB .. head[1], 'o', 'a')
      for i = 1, 2 do job[i] = job[i] or '' end
      local since = job[1]
      if #job[2] > #since or #job[2] == #since and job[2] > since then since = job[2] end
      if since ~= '' and (not oldest_us or tonumber(since) < oldest_us) then oldest, oldest_us = since, tonumber(since) end
    end
  end
end
look(call('ZRANGE', LINE .. q, 0, n - 1))
look(call('ZRANGE', BUSY .. q, 0, n - 1))
look(call('ZREVRANGE', BUSY .. q, 0, n - 1)) -- what failed most often stays away the longest
return {oldest, call('ZCARD', LINE .. q), call('ZCARD', BUSY .. q), call('ZCARD', WAIT_LIVE .. q) + call('ZCARD', WAIT_BULK .. q)}

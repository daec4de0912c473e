-- Shared by most scripts. Arguments are read in order; strings stay strings: Lua's numbers are doubles and hold integers only to
-- 2^53, enough for microseconds, revisions and seqs, not for nanoseconds.
local call = redis.call
local at = 0
local function arg() at = at + 1; return ARGV[at] end
local function num() at = at + 1; return tonumber(ARGV[at]) end

-- passed says whether the moment u ('' is never) is over at now; both in decimal nanoseconds, compared exactly.
local function passed(u, now)
  if not u or u == '' then return false end
  if #u ~= #now then return #u < #now end
  return u <= now
end

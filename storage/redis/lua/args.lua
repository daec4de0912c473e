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

-- heading reads what HEAD holds: the revision, and the moment at which the document ends or ''.
local function heading(head)
  local rev, ends = string.match(head, '^(%d+) ?(%d*)$')
  return rev, ends
end

-- all calls a command with any number of arguments in parts, and returns the replies in one table.
local all
function all(command, first, args)
  if #args <= 1000 then
    if first then return call(command, first, unpack(args)) end
    return call(command, unpack(args))
  end
  local replies = {}
  for i = 1, #args, 1000 do
    local some = {}
    for k = i, math.min(i + 999, #args) do some[#some + 1] = args[k] end
    local reply = all(command, first, some)
    if type(reply) == 'table' and not reply.ok then
      for k = 1, #some do replies[i + k - 1] = reply[k] end
    end
  end
  return replies
end

-- read_lane reads what STATE holds. A held lane (see lanes.lua) has a form of its own: a byte that begins no msgpack, seq (which is the
-- token too), ID, end of the claim, Born.
local function read_lane(state, l)
  if string.byte(state) ~= 193 then
    l.token, l.till, l.paused, l.live, l.bulk, l.place, l.score, l.id, l.seq, l.is_bulk, l.tries, l.born, l.listed = cmsgpack.unpack(state)
    return l
  end
  local seq, id, till, born = string.match(state, '^.(%d+) (.*) (%d+) (%d*)$')
  l.seq, l.id, l.till, l.born = tonumber(seq), id, tonumber(till), born
  l.token, l.paused, l.live, l.bulk, l.place, l.score, l.is_bulk, l.tries, l.listed = l.seq, 0, 0, 0, 1, 0, 0, 1, 0
  return l
end

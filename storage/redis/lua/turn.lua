-- commit: one batch, all or nothing. Everything that can refuse comes before the first write. All that the batch surely touches is
-- read with one MGET, and most of what it changes is written with one MSET.
--
-- This first part reads and refuses, and then does the plain batches that nearly all turns are: documents written, replies pushed that
-- can go at once, and held replies finished. It makes no functions and few tables, because these cost more than Redis' own work. What
-- it finds not to be plain after all it leaves, unchanged, to commit.lua.
--
-- KEYS[1] root
-- ARGV[1] msgpack of the values below, one after the other; full keys carry the root
--         now       program time of the batch, µs
--         born      the same in ns, Born of new jobs
--         now_docs  program time of the store, ns, and the same in µs: which documents are over
--         once      key of the name or ''; nonce; ms for which the name is remembered
--         touch     1: a seen name is written again, so that WAIT after it waits for the commit that wrote it
--         hold      µs for which held jobs are claimed; 0: none are
--         keep_for  µs for which the claims on kept jobs last from now on
--         plain     1: of the lists below only check, done, put and push are not empty; all done were held; nothing is deleted,
--                   nor put twice; hold is not 0, and all pushed are live, due at once, and of different lanes and IDs
--         then ten lists, each preceded by its length:
--         read      full keys, in the order in which the other lists come to them: NUMBER, once, HEAD per check, QUEUE per queue, STATE per
--                   done, free and keep, JOB per drop, HEAD per put, COPYING and WATCHED per kind, JOB and STATE per push, STATE per pause
--         check     revision
--         queue     name, per second, burst
--         done      id, seq, token, place of the queue in the list, lane, how STATE begins where the job is held
--         free      token, place of the queue, lane
--         keep      token, place of the queue, lane
--         drop      id
--         put       full DOC key; Until in ns or '', false where it is deleted; the same in µs
--         kind      channel, what it says
--         push      id, place of the queue, lane, bulk 0|1, µs at which it is due (0: at once)
--         pause     place of the queue, lane or '', µs
-- ARGV[2] and the following: data of the documents written, then of the jobs pushed (see JOB)
-- Reply   {'seen'}
--         {'conflict', then HEAD and data of every checked document ('' where there is none)}
--         {'ok', revision, then per held job: its place in push, born, seq, token}
--         n: as the last, where all that were pushed are held, were never there before, and have n, n+1, … as seq and token; n is the revision
local call = redis.call
local a = {cmsgpack.unpack_limit(ARGV[1], 4000, 0)}
local more = a[1]
while more ~= -1 do
  local some = {cmsgpack.unpack_limit(ARGV[1], 4000, more)}
  for i = 2, #some do a[#a + 1] = some[i] end
  more = some[1]
end
local now, now_docs, once, hold, keys = a[2], a[4], a[6], a[10], 13 -- got[i] is the value under a[keys + i]
local read, got = a[keys], nil
if read <= 1000 then
  got = call('MGET', unpack(a, keys + 1, keys + read))
else
  got = {}
  for from = 1, read, 1000 do
    local to = math.min(from + 999, read)
    local some = call('MGET', unpack(a, keys + from, keys + to))
    for i = from, to do got[i] = some[i - from + 1] end
  end
end
local time = call('TIME')
local real = time[1] * 1000000 + time[2]
-- Numbers are given out once, also when Redis loses its last moment (a failover, a power cut) and NUMBER with it: what a process remembers
-- of that moment must never seem to be what came after. So they never lag behind the clock.
local number = math.max(tonumber(got[1] or 0), real)
local pos, r = keys + read, 1 -- the last value used, of a and of got

if once ~= '' then
  local seen = got[2]
  r = 2
  if seen then
    if a[9] == 1 then call('SET', once, seen, 'KEEPTTL') end
    local by, rev, first = string.match(seen, '^(%S+) (%d+) (%d+)$')
    if by ~= a[7] then return {'seen'} end
    -- The repetition of a commit whose reply was lost: the same nonce, so the same caller. Held jobs are its own as long as the first
    -- claim of that push, made by that commit, stands.
    for _, width in ipairs({1, 3, 6, 3, 3, 1, 3, 2}) do pos = pos + 1 + a[pos + 1] * width end
    local pushes = a[pos + 1]
    local pauses, left = pos + 2 + 5 * pushes, read - 2 * pushes
    for i = 1, a[pauses] do
      if a[pauses + 3 * i - 1] ~= '' then left = left - 1 end
    end
    local reply = {'ok', tonumber(rev)}
    for i = 1, pushes do
      local state, id, seq, born = got[left + 2 * i], a[pos + 2 + 5 * (i - 1)], tonumber(first) + i - 1, nil
      local mine = string.format('\193%.0f %s ', seq, id)
      if state and string.sub(state, 1, #mine) == mine then
        born = string.match(state, '%d*$')
      elseif state and string.byte(state) ~= 193 then -- others have come behind it
        local l = {cmsgpack.unpack(state)}
        born = l[1] == seq and l[8] == id and l[12]
      end
      if born then
        for _, v in ipairs({i, born, seq, seq}) do reply[#reply + 1] = v end
      end
    end
    return reply
  end
end

local checks, holds = a[pos + 1], true
pos = pos + 1
for i = 1, checks do
  local head, want = got[r + i], a[pos + i]
  if head ~= want then -- equal: that revision, and no end
    local rev, ends = '0', ''
    if head then rev, ends = string.match(head, '^(%d+) ?(%d*)$') end
    if ends ~= '' and (#ends < #now_docs or #ends == #now_docs and ends <= now_docs) then rev = '0' end
    holds = holds and rev == want
  end
end
if not holds then
  local reply = {'conflict'}
  for i = 1, checks do
    local head, data = got[r + i], ''
    local ends = head and string.match(head, ' (%d+)$') or ''
    if not head or ends ~= '' and (#ends < #now_docs or #ends == #now_docs and ends <= now_docs) then
      head = ''
    else
      data = call('GET', DOC .. string.sub(a[keys + r + i], #HEAD + 1))
    end
    reply[#reply + 1] = head
    reply[#reply + 1] = data
  end
  return reply
end
r, pos = r + checks, pos + checks

-- Nothing refuses from here on.
while a[12] == 1 do -- left where it is not plain
  local queues, queue_at = a[pos + 1], pos - 1 -- a[queue_at + 3 * q] is the name of queue q
  local done_at = pos + 2 + 3 * queues
  local dones = a[done_at]
  local done_read = r + queues
  local plain = true
  for i = 1, dones do
    local state, begins = got[done_read + i], a[done_at + 6 * i]
    plain = plain and state and string.sub(state, 1, #begins) == begins
  end
  local put_at = done_at + 6 * dones + 4 -- after the empty lists free, keep and drop
  local puts, put_read, some_end = a[put_at], done_read + dones, false
  for i = 1, puts do
    local head, ends = got[put_read + i], a[put_at + 3 * i - 1]
    if ends ~= '' then
      some_end = true
    elseif head and string.find(head, ' ', 1, true) then
      plain = false
    end
  end
  -- Where documents are over, commit.lua sweeps them.
  if some_end and call('ZRANGE', UNTIL, '-inf', string.format('(%.0f', a[5]), 'BYSCORE', 'LIMIT', 0, 1)[1] then break end
  local kind_at = put_at + 3 * puts + 1
  local kinds, kind_read = a[kind_at], put_read + puts + 1
  if puts == 0 then kind_read = put_read end
  local push_at = kind_at + 2 * kinds + 1
  local pushes, push_read = a[push_at], kind_read + kinds
  if not plain then break end

  local new, records, till = {}, {}, real + hold -- new: what MSET takes
  local ends = pushes > 0 and string.format('%.0f', till)
  local free = {} -- by key of STATE: the lane is held by a job that is done now
  for i = 1, dones do free[a[keys + done_read + i]] = true end
  for i = 1, pushes do
    local key, q = a[keys + push_read + 2 * i], a[push_at + 5 * i - 3]
    local s = records[q]
    if not s then
      local record = got[r + q]
      if not record then plain = false break end -- somebody must make it
      local closed, tat, due, held = cmsgpack.unpack(record)
      s = {closed, math.max(tat, real), due, math.min(held, till), closed > real or due <= now, tat, held}
      records[q] = s
    end
    local per_second, burst = a[queue_at + 3 * q + 1], a[queue_at + 3 * q + 2]
    if s[5] or got[push_read + 2 * i - 1] or got[push_read + 2 * i] and not free[key] then plain = false break end
    if per_second > 0 then
      local gap = 1000000 / per_second
      local ahead = (math.max(burst, 1) - 1) * gap
      if s[2] > real + 60000000 + math.max(burst, 1) * gap then s[2] = real end -- as permits has it
      local tat = math.max(s[2], s[1] + ahead)
      if (real + ahead - tat) / gap + 0.000001 < 0 then plain = false break end
      s[2] = tat + gap
    end
  end
  if not plain then break end

  local before = puts + pushes > 0 and number + 1 or 0
  local version, n, keys_new = string.format('%.0f', before), 0, nil
  for i = 1, puts do
    local head, doc, ends = a[keys + put_read + i], a[put_at + 3 * i - 2], a[put_at + 3 * i - 1]
    new[n + 1], new[n + 2], new[n + 3], new[n + 4] = head, version, doc, ARGV[1 + i]
    if ends ~= '' then
      new[n + 2] = version .. ' ' .. ends
      call('ZADD', UNTIL, a[put_at + 3 * i], string.sub(doc, #DOC + 1))
    end
    n = n + 4
    if not got[put_read + i] then
      keys_new = keys_new or {}
      keys_new[#keys_new + 1] = 0
      keys_new[#keys_new + 1] = string.sub(doc, #DOC + 1)
    end
  end
  if keys_new then call('ZADD', KEYS_OF_DOCS, unpack(keys_new)) end
  for i = 1, kinds do
    if got[kind_read + i] or got[kind_read] then call('PUBLISH', a[kind_at + 2 * i - 1], a[kind_at + 2 * i]) end
  end
  for i = 1, pushes do
    local key, at = a[keys + push_read + 2 * i], push_at + 5 * (i - 1)
    local seq = i == 1 and version or string.format('%.0f', before + i - 1)
    new[n + 1], new[n + 2] = a[keys + push_read + 2 * i - 1], ARGV[1 + puts + i]
    new[n + 3], new[n + 4] = key, '\193' .. seq .. ' ' .. a[at + 1] .. ' ' .. ends .. ' ' .. a[3]
    n = n + 4
    if free[key] then free[key] = false else call('SADD', HELD .. a[queue_at + 3 * a[at + 2]], a[at + 3]) end
  end
  for q, s in pairs(records) do
    if s[2] ~= s[6] or s[4] ~= s[7] then
      new[n + 1], new[n + 2] = a[keys + r + q], cmsgpack.pack(s[1], math.floor(s[2] + 0.5), s[3], s[4])
      n = n + 2
    end
  end
  if before > 0 then
    new[n + 1], new[n + 2] = a[keys + 1], pushes > 1 and string.format('%.0f', before + pushes - 1) or version
    call('MSET', unpack(new, 1, n + 2))
  end
  if dones > 0 then
    local old = {}
    for i = 1, dones do
      local at, key = done_at + 6 * (i - 1), a[keys + done_read + i]
      old[#old + 1] = JOB .. a[at + 1]
      if free[key] then
        old[#old + 1] = key
        call('SREM', HELD .. a[queue_at + 3 * a[at + 4]], a[at + 5])
      end
    end
    call('DEL', unpack(old))
  end
  if once ~= '' then call('SET', once, a[7] .. ' ' .. (puts > 0 and version or '0') .. ' ' .. version, 'PX', a[8]) end
  return before
end

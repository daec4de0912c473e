-- commit: one batch, all or nothing. Everything that can refuse comes before the first write.
--
-- KEYS[1] root
-- ARGV    now       program time of the batch, µs
--         born      the same in ns, Born of new jobs
--         now_docs  program time of the store, ns, and the same in µs: which documents are over
--         once      name or ''; nonce; ms for which the name is remembered
--         touch     '1': a seen name is written again, so that WAIT after it waits for the commit that wrote it
--         hold      µs for which held jobs are claimed; 0: none are
--         keep_for  µs for which the claims on kept jobs last from now on
--         then nine lists, each preceded by its length:
--         check     key, revision
--         done      id, seq, token, queue, lane
--         free      id, seq, token, queue, lane
--         keep      id, seq, token, queue, lane
--         drop      id
--         put       key, '1' or '0' (deleted), Until in ns or '', the same in µs or '', data
--         push      id, queue, lane, bulk, At in ns or '', µs at which it is due, data
--         pause     queue, lane or '', µs
--         rate      queue, per second, burst
-- Reply   {'seen'}
--         {'conflict', then revision, until, data of every checked document ('' where there is none)}
--         {'ok', revision, then per held job: its place in push, born, seq, token}
local now, born, now_docs, now_docs_us = num(), arg(), arg(), arg()
local once, nonce, once_ms, touch = arg(), arg(), arg(), arg()
local hold, keep_for = num(), num()

-- own_result answers the repetition of a commit whose reply was lost on the way: the same nonce, so the same caller. Held jobs
-- are its own as long as the first claim of that push, made by that commit, stands.
local function own_result(rev, first)
  for _, width in ipairs({2, 5, 5, 5, 1, 5}) do at = at + 1 + ARGV[at + 1] * width end
  local reply, n = {'ok', rev}, num()
  for i = 1, n do
    local id, l = ARGV[at + 1], lane_of(ARGV[at + 2], ARGV[at + 3])
    at = at + 7
    local seq, token = whole(first + i), whole(first + n + i)
    local job = call('HMGET', JOB .. id, 's', 'o')
    if job[1] == seq and l.job == id and l.token == token then
      for _, v in ipairs({i, job[2], seq, token}) do reply[#reply + 1] = v end
    end
  end
  return reply
end

if once ~= '' then
  local seen = call('GET', ONCE .. once)
  if seen then
    if touch == '1' then call('SET', ONCE .. once, seen, 'KEEPTTL') end
    local by, rev, first = string.match(seen, '^(%S+) (%d+) (%d+)$')
    if by == nonce then return own_result(rev, tonumber(first)) end
    return {'seen'}
  end
end

local checks, holds, ends_of = num(), true, {} -- ends_of: Until of the documents read
for i = 0, checks - 1 do
  local key = ARGV[at + 1 + 2 * i]
  local doc = call('HMGET', DOC .. key, 'r', 'u')
  ends_of[key] = doc[2] or ''
  local rev = doc[1] and not passed(doc[2], now_docs) and doc[1] or '0'
  holds = holds and rev == ARGV[at + 2 + 2 * i]
end
if not holds then
  local reply = {'conflict'}
  for i = 0, checks - 1 do
    local doc = call('HMGET', DOC .. ARGV[at + 1 + 2 * i], 'r', 'u', 'd')
    if not doc[1] or passed(doc[2], now_docs) then doc = {'', '', ''} end
    for _, v in ipairs(doc) do reply[#reply + 1] = v end
  end
  return reply
end
at = at + 2 * checks

-- Nothing refuses from here on.
local function remove(id)
  call('DEL', JOB .. id)
  call('ZREM', JOB_IDS, id)
end

for _ = 1, num() do -- done
  local id, seq, token, q, name = arg(), arg(), arg(), arg(), arg()
  local job = call('HMGET', JOB .. id, 's', 'q', 'l', 'b')
  local current = job[1] == seq
  if current then q, name = job[2], job[3] end
  local l = lane_of(q, name)
  if current then
    unqueue(l, id, job[4])
    remove(id)
  end
  if l.token == token then end_claim(l) end
end

for _ = 1, num() do -- free
  local _, _, token, q, name = arg(), arg(), arg(), arg(), arg()
  local l = lane_of(q, name)
  if l.token == token then end_claim(l) end
end

for _ = 1, num() do -- keep
  local _, _, token, q, name = arg(), arg(), arg(), arg(), arg()
  local l = lane_of(q, name)
  if l.token == token then l.claimed, l.changed = real + keep_for, true end
end

-- withdraw takes an older push of the same ID out of its lane, with the claim it may be under.
local function withdraw(id, job)
  local l = lane_of(job[1], job[2])
  unqueue(l, id, job[3])
  if l.job == id then end_claim(l) end
end

for _ = 1, num() do -- drop
  local id = arg()
  local job = call('HMGET', JOB .. id, 'q', 'l', 'b')
  if job[1] then
    withdraw(id, job)
    remove(id)
  end
end

local rev, puts, kinds, changed, some_end = '0', num(), {}, {}, false
if puts > 0 then rev = whole(call('INCR', REV)) end
for _ = 1, puts do
  local key, kept, ends, ends_us, data = arg(), arg(), arg(), arg(), arg()
  if kept == '1' then
    local new = call('HSET', DOC .. key, 'r', rev, 'u', ends, 'd', data) > 0
    if new then call('ZADD', KEYS_OF_DOCS, 0, key) end
    if ends ~= '' then
      some_end = true
      call('ZADD', UNTIL, ends_us, key)
    elseif not new and ends_of[key] ~= '' then
      call('ZREM', UNTIL, key)
    end
    ends_of[key] = ends
  elseif call('DEL', DOC .. key) > 0 then
    call('ZREM', KEYS_OF_DOCS, key)
    call('ZREM', UNTIL, key)
  end
  local kind = string.match(key, '^[^/]*')
  if not changed[kind] then kinds[#kinds + 1] = kind end
  changed[kind] = (changed[kind] or '') .. #key .. ':' .. key
end
for _, kind in ipairs(kinds) do call('PUBLISH', CHANNEL .. kind, changed[kind]) end

-- write writes a pushed job. One that may be held is written once that is known.
local function write(j)
  call('HSET', JOB .. j.id, 'q', j.q, 'l', j.name, 'b', j.bulk, 'a', j.when, 'd', j.data, 'o', j.first, 's', j.seq, 'n', j.tries)
end

-- Each push takes a seq and, where it could be held, a token, so that own_result knows both.
local pushes = num()
local before = pushes > 0 and call('INCRBY', SEQ, 2 * pushes) - 2 * pushes or 0
local could_go, latest, reply = {}, {}, {'ok', rev}
for i = 1, pushes do
  local id, q, name, bulk, when, due, data = arg(), arg(), arg(), arg(), arg(), num(), arg()
  local seq = whole(before + i)
  local first = born
  if call('ZADD', JOB_IDS, 0, id) == 0 then
    if latest[id] then write(latest[id]) end
    local old = call('HMGET', JOB .. id, 'q', 'l', 'b', 'o')
    if old[1] then withdraw(id, old) end
    first = old[4] or born
  end
  local job = {i = i, id = id, q = q, name = name, bulk = bulk, when = when, data = data, first = first, seq = seq, tries = '0'}
  latest[id] = job
  if due > now then
    write(job)
    call('ZADD', wait_key(q, bulk), due, id)
  else -- i keeps the order of one batch; what was due earlier stands before what has come since
    local l = lane_of(q, name)
    enqueue(l, id, bulk, seq, real + i - (when == '' and 0 or now - due))
    if hold > 0 and bulk == '0' then
      job.lane = l
      could_go[#could_go + 1] = job
    else
      write(job)
    end
  end
end

for _ = 1, num() do -- pause
  local q, name, us = arg(), arg(), num()
  if name ~= '' then
    local l = lane_of(q, name)
    if us < 0 then l.paused = 0 elseif us > 0 then l.paused = math.max(l.paused, real + us) end
    l.changed = true
  elseif us < 0 then
    call('DEL', CLOSED .. q)
  elseif us > 0 and tonumber(call('GET', CLOSED .. q) or 0) < real + us then
    call('SET', CLOSED .. q, whole(real + us), 'PX', whole(us / 1000 + 1))
  end
end

local rates = {}
for _ = 1, num() do
  local q = arg()
  rates[q] = {num(), num()}
end
local promoted = {}
for _, job in ipairs(could_go) do
  local l = job.lane
  if promoted[l.q] == nil then promoted[l.q] = promote(l.q, now, 100) end -- what is due already may be before it in its lane
  local rate = rates[l.q] or {0, 1}
  if promoted[l.q] and latest[job.id] == job and is_open(l) and call('ZCARD', LANE .. l.id) == 1 and open(l.q)
    and permits(l.q, rate[1], rate[2], 1) == 1 then
    l.token, l.job, l.claimed, l.changed = whole(before + pushes + job.i), job.id, real + hold, true
    l.was_empty = not l.shrunk -- the only job of its lane is new, so the lane was not in line
    job.tries = '1'
    for _, v in ipairs({job.i, job.first, job.seq, l.token}) do reply[#reply + 1] = v end
  end
  if latest[job.id] == job then write(job) end
end

settle_all()
if some_end then sweep(now_docs_us, 2) end -- so that there are never more to sweep than were put; claims do the rest
if once ~= '' then
  call('SET', ONCE .. once, nonce .. ' ' .. rev .. ' ' .. whole(before), 'PX', once_ms)
end
return reply

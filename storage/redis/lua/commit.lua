-- commit: one batch, all or nothing. Everything that can refuse comes before the first write.
--
-- KEYS[1] root
-- ARGV    now       program time of the batch, µs
--         born      the same in ns, Born of new jobs
--         now_docs  program time of the store, ns, and the same in µs: which documents are over
--         once      name or ''; nonce; ms for which the name is remembered
--         touch     '1': a seen name is written again, so that WAIT after it waits for the commit that wrote it
--         hold      µs for which held jobs are claimed; 0: none are
--         then eight lists, each preceded by its length:
--         check     key, revision
--         done      id, seq, token, queue, lane
--         free      id, seq, token, queue, lane
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
local hold = num()

-- own_result answers the repetition of a commit whose reply was lost on the way: the same nonce, so the same caller. Held jobs
-- are its own as long as the first claim of that push, made by that commit, stands.
local function own_result(rev, first)
  for _, width in ipairs({2, 5, 5, 1, 5}) do at = at + 1 + ARGV[at + 1] * width end
  local reply, n = {'ok', rev}, num()
  for i = 1, n do
    local id, q, lane = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    at = at + 7
    local job = call('HMGET', JOB .. id, 's', 'n', 'o')
    local state = call('HMGET', lane_key(STATE, q, lane), 'j', 't')
    if job[1] == whole(first + i) and job[2] == '1' and state[1] == id and tonumber(state[2]) <= first + 2 * n then
      for _, v in ipairs({i, job[3], job[1], state[2]}) do reply[#reply + 1] = v end
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

local checks, holds = num(), true
for i = 0, checks - 1 do
  local doc = call('HMGET', DOC .. ARGV[at + 1 + 2 * i], 'r', 'u')
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
for _ = 1, num() do -- done
  local id, seq, token, q, lane = arg(), arg(), arg(), arg(), arg()
  local job = call('HMGET', JOB .. id, 's', 'q', 'l', 'b')
  if job[1] == seq then
    q, lane = job[2], job[3]
    unqueue(id, q, lane, job[4])
    call('DEL', JOB .. id)
    call('ZREM', JOB_IDS, id)
  end
  if call('HGET', lane_key(STATE, q, lane), 't') == token then end_claim(q, lane) end
  settle(q, lane, real)
end

for _ = 1, num() do -- free
  local _, _, token, q, lane = arg(), arg(), arg(), arg(), arg()
  if call('HGET', lane_key(STATE, q, lane), 't') == token then
    end_claim(q, lane)
    settle(q, lane, real)
  end
end

-- withdraw takes an older push of the same ID back, with the claim it may be under.
local function withdraw(id, job)
  local q, lane = job[1], job[2]
  unqueue(id, q, lane, job[3])
  if call('HGET', lane_key(STATE, q, lane), 'j') == id then end_claim(q, lane) end
  settle(q, lane, real)
end

for _ = 1, num() do -- drop
  local id = arg()
  local job = call('HMGET', JOB .. id, 'q', 'l', 'b')
  if job[1] then
    withdraw(id, job)
    call('DEL', JOB .. id)
    call('ZREM', JOB_IDS, id)
  end
end

local rev, puts, kinds, changed = '0', num(), {}, {}
if puts > 0 then rev = whole(call('INCR', REV)) end
for _ = 1, puts do
  local key, kept, ends, ends_us, data = arg(), arg(), arg(), arg(), arg()
  if kept == '1' then
    if call('HSET', DOC .. key, 'r', rev, 'u', ends, 'd', data) > 0 then call('ZADD', KEYS_OF_DOCS, 0, key) end
    if ends ~= '' then call('ZADD', UNTIL, ends_us, key) else call('ZREM', UNTIL, key) end
  elseif call('DEL', DOC .. key) > 0 then
    call('ZREM', KEYS_OF_DOCS, key)
    call('ZREM', UNTIL, key)
  end
  local kind = string.match(key, '^[^/]*')
  if not changed[kind] then kinds[#kinds + 1] = kind end
  changed[kind] = (changed[kind] or '') .. #key .. ':' .. key
end
for _, kind in ipairs(kinds) do call('PUBLISH', CHANNEL .. kind, changed[kind]) end

local pushes, held_reply = num(), {'ok', rev}
local before = pushes > 0 and call('INCRBY', SEQ, pushes) - pushes or 0
local could_go = {}
for i = 1, pushes do
  local id, q, lane, bulk, when, due, data = arg(), arg(), arg(), arg(), arg(), num(), arg()
  local seq = whole(before + i)
  local old = call('HMGET', JOB .. id, 'q', 'l', 'b', 'o')
  if old[1] then withdraw(id, old) else call('ZADD', JOB_IDS, 0, id) end
  local first = old[4] or born
  call('HSET', JOB .. id, 'q', q, 'l', lane, 'b', bulk, 'a', when, 'd', data, 'o', first, 's', seq, 'n', '0')
  if due > now then
    call('ZADD', wait_key(q, bulk), due, id)
  else -- i keeps the order of one batch; a job that was due earlier stands before those that came since
    enqueue(id, q, lane, bulk, seq, real + i - (when == '' and 0 or now - due))
    if hold > 0 and bulk == '0' then could_go[#could_go + 1] = {i, id, q, lane, first, seq} end
  end
end

for _ = 1, num() do -- pause
  local q, lane, us = arg(), arg(), num()
  local till = whole(real + us)
  if lane == '' then
    if us < 0 then
      call('DEL', CLOSED .. q)
    elseif us > 0 and tonumber(call('GET', CLOSED .. q) or 0) < real + us then
      call('SET', CLOSED .. q, till, 'PX', whole(us / 1000 + 1))
    end
  else
    local state = lane_key(STATE, q, lane)
    if us < 0 then
      call('HDEL', state, 'p')
      settle(q, lane, real)
    elseif us > 0 and tonumber(call('HGET', state, 'p') or 0) < real + us then
      call('HSET', state, 'p', till)
      settle(q, lane, real)
    end
  end
end

local rates = {}
for _ = 1, num() do
  local q = arg()
  rates[q] = {num(), num()}
end
for _, job in ipairs(could_go) do
  local i, id, q, lane, first, seq = unpack(job)
  local rate = rates[q] or {0, 1}
  if call('HGET', JOB .. id, 's') == seq and call('ZSCORE', LIVE .. q, lane) and call('ZCARD', lane_key(LANE, q, lane)) == 1
    and open(q) and permits(q, rate[1], rate[2], 1) == 1 then
    local token = claim_lane(q, lane, id, real + hold)
    for _, v in ipairs({i, first, seq, token}) do held_reply[#held_reply + 1] = v end
  end
end

sweep(now_docs_us, 2)
if once ~= '' then
  call('SET', ONCE .. once, nonce .. ' ' .. rev .. ' ' .. whole(before), 'PX', once_ms)
end
return held_reply

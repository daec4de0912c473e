-- Shared by commit and claim: lanes, their jobs and the clocks.
--
-- A job waits in WAIT_* until it is due, then stands in its lane's LANE until it is done, claimed or not. A lane that is claimed
-- or paused has a STATE and stands in BUSY; any other lane with due jobs stands in LINE, the live ones before the bulk ones. The
-- parts of a script change lanes in memory; settle then writes each lane once.
local time = call('TIME')
local real = time[1] * 1000000 + time[2] -- µs; what keeps workers honest runs in real time
local FIRST_BULK = 4503599627370496      -- 2^52: bulk stands behind everything live, in a lane (by seq) and in line (by time)

local function whole(n) return string.format('%.0f', n) end
local function wait_key(q, bulk) return (bulk == '1' and WAIT_BULK or WAIT_LIVE) .. q end

local lanes, touched = {}, {}

-- lane_of returns a lane, read at the first touch. since, set by others: the real time from which its next job could go.
local function lane_of(q, name)
  local id = #q .. ':' .. q .. ':' .. name
  local l = lanes[id]
  if not l then
    local s = call('HMGET', STATE .. id, 't', 'j', 'u', 'p')
    l = {q = q, name = name, id = id, token = s[1], job = s[2], claimed = tonumber(s[3] or 0), paused = tonumber(s[4] or 0),
      was_busy = s[3] or s[4]}
    lanes[id] = l
    touched[#touched + 1] = l
  end
  return l
end

local function is_open(l) return l.claimed <= real and l.paused <= real end

local function end_claim(l) l.token, l.job, l.claimed, l.changed = false, false, 0, true end

-- unqueue takes a job out of its lane, or from among those that are not due.
local function unqueue(l, id, bulk)
  l.shrunk = true
  if call('ZREM', LANE .. l.id, id) == 0 then call('ZREM', wait_key(l.q, bulk), id) end
end

-- enqueue puts a due job into its lane. since counts only where the lane is not out: who comes back goes to the end of the line,
-- so that a flooded lane starves nobody.
local function enqueue(l, id, bulk, seq, since)
  local score = tonumber(seq)
  if bulk == '1' then score = score + FIRST_BULK end
  call('ZADD', LANE .. l.id, score, id)
  if not l.was_busy then l.since = math.min(l.since or since, since) end
end

-- promote moves what has become due by now into its lane, up to n jobs of either kind, the longest due first; says whether that
-- was all. Mostly nothing waits, and one question tells.
local function promote(q, now, n)
  if call('EXISTS', WAIT_LIVE .. q, WAIT_BULK .. q) == 0 then return true end
  local all = true
  for _, bulk in ipairs({'0', '1'}) do
    local waiting = wait_key(q, bulk)
    local due = call('ZRANGEBYSCORE', waiting, '-inf', now, 'WITHSCORES', 'LIMIT', 0, n)
    for i = 1, #due, 2 do
      local job = call('HMGET', JOB .. due[i], 'l', 's')
      call('ZREM', waiting, due[i])
      enqueue(lane_of(q, job[1]), due[i], bulk, job[2], real - (now - due[i + 1]))
    end
    all = all and #due < 2 * n
  end
  return all
end

local function settle(l)
  if not is_open(l) then
    if l.changed then
      local till = math.max(l.claimed, l.paused)
      call('HSET', STATE .. l.id, 't', l.token or '', 'j', l.job or '', 'u', whole(l.claimed), 'p', whole(l.paused))
      call('ZADD', BUSY .. l.q, till, l.name)
    end
    if not l.was_busy and not l.was_empty then call('ZREM', LINE .. l.q, l.name) end
    return
  end
  if l.was_busy then
    call('DEL', STATE .. l.id)
    call('ZREM', BUSY .. l.q, l.name)
  end
  local head = call('ZRANGE', LANE .. l.id, 0, 0, 'WITHSCORES')
  if not head[1] then
    if not l.was_busy then call('ZREM', LINE .. l.q, l.name) end
    return
  end
  local rank = tonumber(head[2]) >= FIRST_BULK and FIRST_BULK or 0
  local place = not l.was_busy and call('ZSCORE', LINE .. l.q, l.name)
  if not place or (tonumber(place) >= FIRST_BULK) ~= (rank > 0) then -- else it keeps its place
    call('ZADD', LINE .. l.q, (l.since or real) + rank, l.name)
  end
end

local function settle_all()
  for _, l in ipairs(touched) do settle(l) end
  lanes, touched = {}, {}
end

-- open says whether the queue is not paused.
local function open(q)
  local till = call('GET', CLOSED .. q)
  return not till or tonumber(till) <= real
end

-- permits takes up to want permits of a queue's rate (GCRA) and returns how many it got.
local function permits(q, per_second, burst, want)
  if per_second <= 0 or want == 0 then return want end
  local gap = 1000000 / per_second
  local tat = math.max(tonumber(call('GET', TAT .. q) or 0), real)
  local got = math.floor((real + (math.max(burst, 1) - 1) * gap - tat) / gap + 0.000001) + 1
  got = math.min(math.max(got, 0), want)
  if got > 0 then
    tat = tat + got * gap
    call('SET', TAT .. q, whole(tat), 'PX', whole((tat - real) / 1000 + 1000))
  end
  return got
end

-- sweep removes up to n documents whose time is over. Expiry goes by program time, which Redis' own TTL cannot know.
local function sweep(now, n)
  for _, key in ipairs(call('ZRANGEBYSCORE', UNTIL, '-inf', '(' .. now, 'LIMIT', 0, n)) do
    call('DEL', DOC .. key)
    call('ZREM', KEYS_OF_DOCS, key)
    call('ZREM', UNTIL, key)
  end
end

-- Shared by commit and claim: lanes, their jobs and the clocks.
--
-- A job waits in WAIT_* until it is due, then stands in its lane's LANE until it is done, claimed or not. A lane with jobs is in
-- exactly one of LIVE, BULK (it can be claimed; the head decides which) and BUSY (claimed or paused); settle keeps it so.
local time = call('TIME')
local real = time[1] * 1000000 + time[2] -- µs; what keeps workers honest runs in real time
local FIRST_BULK = 4503599627370496      -- 2^52: bulk jobs sort behind all live ones of a lane

local function whole(n) return string.format('%.0f', n) end
local function lane_key(kind, q, lane) return kind .. #q .. ':' .. q .. ':' .. lane end
local function wait_key(q, bulk) return (bulk == '1' and WAIT_BULK or WAIT_LIVE) .. q end

-- settle puts a lane where it belongs now. since: the real time from which its next job could go; it orders the lanes, and a
-- lane that already stands in line keeps its place.
local function settle(q, lane, since)
  local state = lane_key(STATE, q, lane)
  local s = call('HMGET', state, 'u', 'p')
  if s[1] or s[2] then
    local till = math.max(tonumber(s[1] or 0), tonumber(s[2] or 0))
    if till > real then
      call('ZADD', BUSY .. q, till, lane)
      call('ZREM', LIVE .. q, lane)
      call('ZREM', BULK .. q, lane)
      return
    end
    call('DEL', state)
  end
  call('ZREM', BUSY .. q, lane)
  local head = call('ZRANGE', lane_key(LANE, q, lane), 0, 0, 'WITHSCORES')
  local live = head[1] and tonumber(head[2]) < FIRST_BULK
  local bulk = head[1] and not live
  if live then call('ZADD', LIVE .. q, 'NX', since, lane) else call('ZREM', LIVE .. q, lane) end
  if bulk then call('ZADD', BULK .. q, 'NX', since, lane) else call('ZREM', BULK .. q, lane) end
end

-- end_claim forgets who holds the lane; a pause of it stays.
local function end_claim(q, lane) call('HDEL', lane_key(STATE, q, lane), 't', 'j', 'u') end

-- unqueue takes a job out of its lane, or from among those that are not due.
local function unqueue(id, q, lane, bulk)
  if call('ZREM', lane_key(LANE, q, lane), id) == 0 then call('ZREM', wait_key(q, bulk), id) end
end

-- enqueue puts a due job into its lane. since as in settle.
local function enqueue(id, q, lane, bulk, seq, since)
  local score = tonumber(seq)
  if bulk == '1' then score = score + FIRST_BULK end
  call('ZADD', lane_key(LANE, q, lane), score, id)
  settle(q, lane, since)
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

-- claim_lane gives the lane's job id to a worker until the moment till; returns token and how often it was claimed before.
local function claim_lane(q, lane, id, till)
  local token = whole(call('INCR', SEQ))
  call('HSET', lane_key(STATE, q, lane), 't', token, 'j', id, 'u', whole(till))
  call('ZADD', BUSY .. q, till, lane)
  if call('ZREM', LIVE .. q, lane) == 0 then call('ZREM', BULK .. q, lane) end
  return token, call('HINCRBY', JOB .. id, 'n', 1) - 1
end

-- sweep removes up to n documents whose time is over. Expiry goes by program time, which Redis' own TTL cannot know.
local function sweep(now, n)
  for _, key in ipairs(call('ZRANGEBYSCORE', UNTIL, '-inf', '(' .. now, 'LIMIT', 0, n)) do
    call('DEL', DOC .. key)
    call('ZREM', KEYS_OF_DOCS, key)
    call('ZREM', UNTIL, key)
  end
end

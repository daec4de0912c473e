-- Shared by commit and claim: lanes, their jobs and the clocks.
--
-- A job waits in WAIT_* until it is due, then stands in its lane's LANE until it is claimed, and again if its claim ends before it is
-- done. A lane that has due jobs, a claim or a pause has a STATE, which counts the jobs in LANE and says where the lane stands: in
-- BUSY while it is claimed or paused, in LINE while it is open, the live ones before the bulk ones. A job that was claimed at its
-- birth (see Hold) and the lane it has for itself are written as little as possible, because every reply is one: the job is not in
-- JOB_IDS and has never been in LANE, what else is known of it is in STATE, and the lane is in HELD, which has no order, instead of BUSY.
-- The queue knows when the first of its claims may end.
--
-- The parts of a script change lanes and queues in memory; settle_all and flush then write each of them once.
local time = call('TIME')
local real = time[1] * 1000000 + time[2] -- µs; what keeps workers honest runs in real time
local FIRST_BULK = 4503599627370496      -- 2^52: bulk stands behind everything live, in a lane (by seq) and in line (by time)
local NEVER = 9007199254740991
local NOWHERE, IN_HELD, IN_BUSY, IN_LINE = 0, 1, 2, 3
local PLACES = {'', BUSY, LINE}
local pack, sub, match = cmsgpack.pack, string.sub, string.match

local function whole(n) return string.format('%.0f', n) end
local function wait_key(q, bulk) return (bulk == 1 and WAIT_BULK or WAIT_LIVE) .. q end

-- What a script writes is gathered: strings go with one MSET, members of a sorted set with one ZADD.
local strings, string_keys, sorted, held = {}, {}, {}, {}
local function set(key, value) -- false deletes
  if strings[key] == nil then string_keys[#string_keys + 1] = key end
  strings[key] = value
end
local function get(key)
  local value = strings[key]
  if value == nil then value = call('GET', key) end
  return value
end
local function stand(key, member, score) -- false removes
  local z = sorted[key]
  if not z then z = {}; sorted[key] = z end
  z[member] = score
end

local function flush()
  local new, old = {}, {}
  for _, key in ipairs(string_keys) do
    local value = strings[key]
    if value then
      new[#new + 1] = key
      new[#new + 1] = value
    else
      old[#old + 1] = key
    end
  end
  if new[1] then all('MSET', nil, new) end
  if old[1] then all('DEL', nil, old) end
  for key, members in pairs(sorted) do
    local come, go = {}, {}
    for member, score in pairs(members) do
      if score then
        come[#come + 1] = score
        come[#come + 1] = member
      else
        go[#go + 1] = member
      end
    end
    if come[1] then all('ZADD', key, come) end
    if go[1] then all('ZREM', key, go) end
  end
  for key, lanes_held in pairs(held) do
    for name, there in pairs(lanes_held) do call(there and 'SADD' or 'SREM', key, name) end
  end
  strings, string_keys, sorted, held = {}, {}, {}, {}
end
local function keep_held(q, name, there)
  local key = HELD .. q
  held[key] = held[key] or {}
  held[key][name] = there
end

local lanes, touched, queues = {}, {}, {}

-- lane_at returns a lane, whose STATE has the key and, at the first touch, the value given. since, set by others: the real time from
-- which its next job could go.
local function lane_at(key, q, name, packed)
  local l = lanes[key]
  if l then return l end
  l = {key = key, q = q, name = name, was = packed}
  if packed then
    read_lane(packed, l)
  else
    l.token, l.till, l.paused, l.live, l.bulk, l.place, l.score, l.id, l.seq, l.is_bulk, l.tries, l.born, l.listed = 0, 0, 0, 0, 0, NOWHERE, 0, '', 0, 0, 0, '', 1
  end
  lanes[key] = l
  touched[#touched + 1] = l
  return l
end
local function lane_of(q, name)
  local key = STATE .. #q .. ':' .. q .. ':' .. name
  return lanes[key] or lane_at(key, q, name, call('GET', key))
end
local function jobs_of(l) return LANE .. sub(l.key, #STATE + 1) end

-- queue_of returns a queue: when its pause ends, GCRA's theoretical arrival time, when the first of what waits in it is due (µs of
-- program time, or earlier), and when the first claim on a held job ends (or earlier).
local function queue_of(q, packed)
  local s = queues[q]
  if s then return s end
  if packed == nil then packed = call('GET', QUEUE .. q) end
  s = {q = q, was = packed, closed = 0, tat = 0, due = NEVER, held = NEVER}
  if packed then s.closed, s.tat, s.due, s.held = cmsgpack.unpack(packed) end
  queues[q] = s
  return s
end

-- job_of reads a job: seq, tries and born (see JOB), bulk, queue and lane, and the rest as it is. A held one's first three are in STATE.
local function job_of(id, value)
  if value == nil then value = get(JOB .. id) end
  if not value then return nil end
  local seq, tries, born, from, bulk, q, l, data = match(value, '^(%d*),?(%d*),?(%d*)() ([01]) %d* (%d+) (%d+) ()')
  local job = {bulk = tonumber(bulk), q = sub(value, data, data + q - 1), lane = sub(value, data + q, data + q + l - 1), rest = sub(value, from)}
  if seq == '' then
    local state = lane_of(job.q, job.lane)
    job.seq, job.tries, job.born = state.seq, state.tries, state.born
  else
    job.seq, job.tries, job.born = tonumber(seq), tonumber(tries), born
  end
  return job
end
local function write(id, seq, tries, born, rest)
  set(JOB .. id, whole(seq) .. ',' .. tries .. ',' .. born .. rest)
end

local function is_open(l) return l.till <= real and l.paused <= real end

-- queue_up puts a due job into its lane. since counts only where the lane is not out: who comes back goes to the end of the line, so
-- that a flooded lane starves nobody.
local function queue_up(l, id, bulk, seq, since)
  if bulk == 1 then
    l.bulk = l.bulk + 1
    call('ZADD', jobs_of(l), seq + FIRST_BULK, id)
  else
    l.live = l.live + 1
    call('ZADD', jobs_of(l), seq, id)
  end
  if l.place ~= IN_BUSY and l.place ~= IN_HELD then l.since = math.min(l.since or since, since) end
end

-- unqueue takes a job out of its lane, or from among those that are not due.
local function unqueue(l, id, bulk)
  if call('ZREM', jobs_of(l), id) == 0 then
    call('ZREM', wait_key(l.q, bulk), id)
  elseif bulk == 1 then
    l.bulk = l.bulk - 1
  else
    l.live = l.live - 1
  end
end

-- end_claim frees a lane; the job that was claimed, if it is still there, stands in the lane again.
local function end_claim(l)
  local id = l.id
  l.token, l.till, l.id = 0, 0, ''
  if id == '' then return end
  local job = job_of(id)
  if not job then return end
  write(id, l.seq, l.tries, l.born, job.rest)
  if l.listed == 0 then stand(JOB_IDS, id, 0) end
  queue_up(l, id, l.is_bulk, l.seq, real)
end

-- withdraw takes a job from wherever it stands. A claim it is under ends, unless it is to stay because another's work ends the job.
local function withdraw(id, job, claim_stays)
  local l = lane_of(job.q, job.lane)
  if l.id ~= id then
    unqueue(l, id, job.bulk)
    return
  end
  l.id = ''
  if not claim_stays then l.token, l.till = 0, 0 end
end
local function remove(id, job, claim_stays)
  withdraw(id, job, claim_stays)
  set(JOB .. id, false)
  stand(JOB_IDS, id, false)
end

-- promote moves what has become due by now into its lane, up to n jobs of either kind, the longest due first; says whether that
-- was all. Mostly nothing waits, and the queue knows.
local function promote(s, now, n)
  if s.due > now then return true end
  local done = true
  s.due, s.changed = NEVER, true
  for bulk = 0, 1 do
    local waiting = wait_key(s.q, bulk)
    local due = call('ZRANGEBYSCORE', waiting, '-inf', now, 'WITHSCORES', 'LIMIT', 0, n)
    for i = 1, #due, 2 do
      local job = job_of(due[i])
      call('ZREM', waiting, due[i])
      if job then queue_up(lane_of(s.q, job.lane), due[i], bulk, job.seq, real - (now - due[i + 1])) end
    end
    local next_due = call('ZRANGE', waiting, 0, 0, 'WITHSCORES')[2]
    if next_due then s.due = math.min(s.due, tonumber(next_due)) end
    done = done and #due < 2 * n
  end
  return done
end

-- settle says where a lane stands from now on, and writes what has changed.
local function settle(l)
  if l.till <= real and (l.token ~= 0 or l.id ~= '') then end_claim(l) end
  local place, score = NOWHERE, 0
  if l.till > real or l.paused > real then
    place, score = IN_BUSY, math.max(l.till, l.paused)
    if l.id ~= '' and l.listed == 0 then place = IN_HELD end
  elseif l.live + l.bulk > 0 then
    local rank = l.live > 0 and 0 or FIRST_BULK
    place, score = IN_LINE, l.score
    if l.place ~= IN_LINE or (score >= FIRST_BULK) ~= (rank > 0) then score = (l.since or real) + rank end -- else it keeps its place
  end
  if place == IN_HELD then score = 0 end
  if place ~= l.place then
    if l.place == IN_HELD then keep_held(l.q, l.name, false) elseif l.place ~= NOWHERE then stand(PLACES[l.place] .. l.q, l.name, false) end
    if place == IN_HELD then keep_held(l.q, l.name, true) end
  end
  if place > IN_HELD and (place ~= l.place or score ~= l.score) then stand(PLACES[place] .. l.q, l.name, score) end
  l.place, l.score = place, score
  local state = false
  if place == IN_HELD then
    local s = queue_of(l.q)
    if l.till < s.held or not s.was then s.held, s.changed = math.min(s.held, l.till), true end
    if l.live + l.bulk == 0 and l.paused <= real and l.token == l.seq then
      state = '\193' .. whole(l.seq) .. ' ' .. l.id .. ' ' .. whole(l.till) .. ' ' .. l.born
    end
  end
  if place ~= NOWHERE then
    state = state or pack(l.token, l.till, l.paused, l.live, l.bulk, place, score, l.id, l.seq, l.is_bulk, l.tries, l.born, l.listed)
  end
  if state ~= l.was then set(l.key, state) end -- both false: it neither is nor was there
end

local function settle_all()
  for i = 1, #touched do settle(touched[i]) end
  for q, s in pairs(queues) do
    if s.changed then
      set(QUEUE .. q, pack(s.closed, s.tat, s.due, s.held))
      if not s.was then call('SADD', QUEUES, q) end
      s.changed, s.was = false, true
    end
  end
  lanes, touched = {}, {}
end

-- permits takes up to want permits of a queue's rate (GCRA) and returns how many it got.
local function permits(s, per_second, burst, want, full)
  if per_second <= 0 or want == 0 then return want end
  local gap = 1000000 / per_second
  local ahead = (math.max(burst, 1) - 1) * gap
  if s.tat > real + 60000000 + math.max(full or burst, 1) * gap then s.tat = real end -- no burst reaches so far: the clock was ahead then
  local tat = math.max(s.tat, real, s.closed + ahead) -- when a pause is over, nothing has gathered
  local got = math.floor((real + ahead - tat) / gap + 0.000001) + 1
  got = math.min(math.max(got, 0), want)
  if got > 0 then s.tat, s.changed = math.floor(tat + got * gap + 0.5), true end
  return got
end

-- sweep removes up to n documents whose time is over. Expiry goes by program time, which Redis' own TTL cannot know.
local function sweep(now, n)
  local over = call('ZRANGEBYSCORE', UNTIL, '-inf', '(' .. now, 'LIMIT', 0, n)
  for _, key in ipairs(over) do
    call('DEL', HEAD .. key, DOC .. key)
    call('ZREM', KEYS_OF_DOCS, key)
    call('ZREM', UNTIL, key)
  end
end

-- commit, any batch: see turn.lua, which has read what is needed.
at = pos
local born, now_docs_us, nonce, once_ms, keep_for = a[3], a[5], a[7], a[8], a[11]
local function val() at = at + 1; return a[at] end
local heads = {} -- of the documents put, as they become
local function fetched() r = r + 1; return a[keys + r], got[r] end

local names, rates = {}, {} -- of queues, by their place
for i = 1, val() do
  local _, packed = fetched()
  names[i] = val()
  rates[names[i]] = {val(), val()}
  queue_of(names[i], packed)
end
local function lane_read(q, name, key, packed) return lane_at(key, names[q], name, packed) end

for _ = 1, val() do -- done
  local id, seq, token, q, name = val(), val(), val(), val(), val()
  val()
  local l = lane_read(q, name, fetched())
  if l.token == token and l.id == id and l.seq == seq then
    l.token, l.till, l.id = 0, 0, ''
    set(JOB .. id, false)
    if l.listed == 1 then stand(JOB_IDS, id, false) end
  else -- the claim has lapsed, or another push has taken the job's place
    local job = job_of(id)
    if job and job.seq == seq then remove(id, job, true) end
    if l.token == token then end_claim(l) end
  end
end

for _ = 1, val() do -- free
  local token, q, name = val(), val(), val()
  local l = lane_read(q, name, fetched())
  if l.token == token then end_claim(l) end
end

for _ = 1, val() do -- keep
  local token, q, name = val(), val(), val()
  local l = lane_read(q, name, fetched())
  if l.token == token then l.till = real + keep_for end
end

for _ = 1, val() do -- drop
  local id = val()
  local key, value = fetched()
  if strings[key] ~= nil then value = strings[key] end
  local job = job_of(id, value)
  if job then remove(id, job) end
end

local data, puts, some_end = 1, val(), false
local rev = puts > 0 and number + 1 or 0
local version = whole(rev)
for _ = 1, puts do
  local key, head = fetched()
  if heads[key] ~= nil then head = heads[key] end
  local doc, ends, ends_us = val(), val(), val()
  local old = ''
  if head and string.find(head, ' ', 1, true) then _, old = heading(head) end
  local name
  if ends then
    data = data + 1
    local new = ends == '' and version or version .. ' ' .. ends
    heads[key] = new
    set(key, new)
    set(doc, ARGV[data])
    if not head then
      name = sub(doc, #DOC + 1)
      stand(KEYS_OF_DOCS, name, 0)
    end
  elseif head then
    heads[key] = false
    set(key, false)
    set(doc, false)
    name = sub(doc, #DOC + 1)
    stand(KEYS_OF_DOCS, name, false)
  end
  if (ends or '') ~= old then
    stand(UNTIL, name or sub(doc, #DOC + 1), ends and ends ~= '' and ends_us)
    some_end = some_end or ends and ends ~= ''
  end
end
if puts > 0 then
  local kinds, _, copying = val(), fetched()
  for _ = 1, kinds do
    local _, watched = fetched()
    local channel, keys_put = val(), val()
    if watched or copying then call('PUBLISH', channel, keys_put) end
  end
else
  val()
end

-- A commit takes one number, the revision of its documents, or one per push, if these are more: its seq and, if it is held, its token.
local pushes = val()
local before = puts + pushes > 0 and number + 1 or 0
local could_go, reply = {}, {'ok', rev}
local pushed = {} -- by ID: those that may yet be held
for i = 1, pushes do
  local id, q, name, bulk, due = val(), val(), val(), val(), val()
  local _, value = fetched()
  local l = lane_read(q, name, fetched())
  data = data + 1
  local job = {i = i, id = id, seq = before + i - 1, born = born, lane = l, rest = ARGV[data]}
  local last = pushed[id]
  if last then -- of this batch, and in no list yet
    last.lane.live, last.gone, job.born, job.listed, pushed[id] = last.lane.live - 1, true, last.born, last.listed, nil
  else
    local key = JOB .. id
    if strings[key] ~= nil then value = strings[key] end
    if value then
      local old = job_of(id, value)
      job.born, job.listed = old.born, true
      withdraw(id, old)
    end
  end
  local s = queues[names[q]]
  local since = real + i - (due == 0 and 0 or now - due)
  if due <= now and hold > 0 and bulk == 0 then
    l.live, pushed[id], could_go[#could_go + 1] = l.live + 1, job, job
    job.since = since
  else
    write(id, job.seq, 0, job.born, job.rest)
    stand(JOB_IDS, id, 0)
    if due > now then
      call('ZADD', wait_key(s.q, bulk), due, id)
      if due < s.due then s.due, s.changed = due, true end
    else -- i keeps the order of one batch; what was due earlier stands before what has come since
      queue_up(l, id, bulk, job.seq, since)
    end
  end
end

for _ = 1, val() do -- pause
  local q, name, us = val(), val(), val()
  if name ~= '' then
    local l = lane_read(q, name, fetched())
    if us < 0 then l.paused = 0 elseif us > 0 then l.paused = math.max(l.paused, real + us) end
  else
    local s = queues[names[q]]
    local closed = us < 0 and 0 or us > 0 and math.max(s.closed, real + us) or s.closed
    if closed ~= s.closed then s.closed, s.changed = closed, true end
  end
end

local promoted = {}
for _, job in ipairs(could_go) do
  local l = job.lane
  local s, rate = queues[l.q], rates[l.q]
  if promoted[l.q] == nil then promoted[l.q] = promote(s, now, 100) end -- what is due already may be before it in its lane
  if job.gone then
    -- replaced by a later push of this batch
  elseif promoted[l.q] and is_open(l) and l.id == '' and l.live + l.bulk == 1 and s.closed <= real and permits(s, rate[1], rate[2], 1) == 1 then
    l.token, l.till, l.id, l.seq, l.is_bulk = job.seq, real + hold, job.id, job.seq, 0
    l.tries, l.born, l.listed, l.live = 1, job.born, 0, 0
    s.changed = s.changed or not s.was -- who looks for held jobs must know the queue
    set(JOB .. job.id, job.rest)
    if job.listed then stand(JOB_IDS, job.id, false) end
    for _, v in ipairs({job.i, job.born, l.seq, l.token}) do reply[#reply + 1] = v end
  else
    write(job.id, job.seq, 0, job.born, job.rest)
    stand(JOB_IDS, job.id, 0)
    l.live = l.live - 1 -- counted already
    queue_up(l, job.id, 0, job.seq, job.since)
  end
end

settle_all()
if before > 0 then set(a[keys + 1], whole(before + math.max(pushes, 1) - 1)) end
flush()
if once ~= '' then call('SET', once, nonce .. ' ' .. version .. ' ' .. whole(before), 'PX', once_ms) end
if some_end then sweep(now_docs_us, 2) end -- so that there are never more to sweep than were put; claims do the rest
return reply

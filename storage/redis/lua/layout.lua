-- layout: one step of bringing an installation that an earlier release wrote to the layout of this one. Repeating a step, at the same
-- time or after others have gone to work, changes nothing: what is changed already has another type.
--
-- KEYS[1] root
-- ARGV    the word for this layout; the step; where to go on; how many keys at a time; lower bounds as ZRANGEBYLEX takes them
-- Reply   where to go on, or '' when the step is over; of 'begin' 'done' where nothing is to do
local word, step, low, n = arg(), arg(), arg(), num()
local OLD_CLOSED, OLD_TAT = root .. 'p:', root .. 'g:'

-- Earlier releases count in these two. As words they stop whoever still tries, before anything is written.
local function fence(text) call('MSET', FENCE, text, FENCE_TOO, text) end

local function type_of(key) return call('TYPE', key).ok end

local function change_doc(key)
  if type_of(DOC .. key) ~= 'hash' then return end
  local old = call('HMGET', DOC .. key, 'r', 'u', 'd')
  local head = old[1]
  if (old[2] or '') ~= '' then head = head .. ' ' .. old[2] end
  call('MSET', HEAD .. key, head, DOC .. key, old[3])
end

-- change_lane makes the record of a lane, open unless it is paused: whoever had a claim on it can no longer record anything.
local function change_lane(q, name)
  local lane = #q .. ':' .. q .. ':' .. name
  if call('EXISTS', STATE .. lane, LANE .. lane) == 0 then -- its jobs are for later
    call('ZREM', BUSY .. q, name)
    return
  end
  local state = type_of(STATE .. lane)
  if state == 'string' then return end
  local paused = state == 'hash' and tonumber(call('HGET', STATE .. lane, 'p') or 0) or 0
  local first_bulk, time = 4503599627370496, call('TIME')
  local real = time[1] * 1000000 + time[2]
  local live = call('ZCOUNT', LANE .. lane, '-inf', '(4503599627370496')
  local bulk = call('ZCARD', LANE .. lane) - live
  local place, score = 0, 0
  if paused > real then
    place, score = 2, paused
    call('ZREM', LINE .. q, name)
    call('ZADD', BUSY .. q, score, name)
  else
    paused = 0
    call('ZREM', BUSY .. q, name)
    if live + bulk > 0 then
      place, score = 3, tonumber(call('ZSCORE', LINE .. q, name) or real + (live > 0 and 0 or first_bulk))
      call('ZADD', LINE .. q, score, name)
    end
  end
  call('DEL', STATE .. lane)
  if place > 0 then call('SET', STATE .. lane, cmsgpack.pack(0, 0, paused, live, bulk, place, score, '', 0, 0, 0, '', 1)) end
end

local known = {} -- queues
local function change_job(id)
  if type_of(JOB .. id) ~= 'hash' then return end
  local old = call('HMGET', JOB .. id, 'q', 'l', 'b', 'a', 'd', 'o', 's', 'n')
  local q, name = old[1], old[2]
  call('SET', JOB .. id, old[7] .. ',' .. old[8] .. ',' .. old[6] .. ' ' .. old[3] .. ' ' .. old[4] .. ' ' .. #q .. ' ' .. #name .. ' ' .. q .. name .. old[5])
  if not known[q] then call('SADD', QUEUES, q) end
  known[q] = true
  change_lane(q, name)
end

local function change_queue(q)
  for _, name in ipairs(call('ZRANGE', BUSY .. q, 0, -1)) do change_lane(q, name) end
  if call('EXISTS', QUEUE .. q) == 0 then
    local due = 9007199254740991
    for _, waiting in ipairs({WAIT_LIVE .. q, WAIT_BULK .. q}) do
      due = math.min(due, tonumber(call('ZRANGE', waiting, 0, 0, 'WITHSCORES')[2] or due))
    end
    local closed, tat = tonumber(call('GET', OLD_CLOSED .. q) or 0), tonumber(call('GET', OLD_TAT .. q) or 0)
    call('SET', QUEUE .. q, cmsgpack.pack(closed, tat, due, 9007199254740991))
    call('DEL', OLD_CLOSED .. q, OLD_TAT .. q)
  end
end

if step == 'begin' then
  local rev = call('GET', FENCE)
  if rev == word then return 'done' end
  if call('EXISTS', FENCE, FENCE_TOO, KEYS_OF_DOCS, JOB_IDS) == 0 then
    fence(word)
    return 'done'
  end
  if tonumber(rev or 0) then
    local seq = tonumber(call('GET', FENCE_TOO) or 0) or 0
    call('SET', NUMBER, string.format('%.0f', math.max(tonumber(rev or 0), seq)))
  end
  fence('begun: ' .. word)
  return ''
end
if step == 'end' then
  for _, q in ipairs(call('SMEMBERS', QUEUES)) do change_queue(q) end
  fence(word)
  return ''
end
local ids = call('ZRANGEBYLEX', step == 'docs' and KEYS_OF_DOCS or JOB_IDS, low, '+', 'LIMIT', 0, n)
for _, id in ipairs(ids) do
  if step == 'docs' then change_doc(id) else change_job(id) end
end
return #ids == n and ids[n] or ''

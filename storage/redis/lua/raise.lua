-- raise: numbers given from now on are above ARGV[1].
for _, key in ipairs({REV, SEQ}) do
  if tonumber(redis.call('GET', key) or 0) < tonumber(ARGV[1]) then redis.call('SET', key, ARGV[1]) end
end
return 1

-- raise: numbers given from now on are above ARGV[1].
if tonumber(redis.call('GET', NUMBER) or 0) < tonumber(ARGV[1]) then redis.call('SET', NUMBER, ARGV[1]) end
return 1

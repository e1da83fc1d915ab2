/** A Lua script and its SHA1 in hexadecimal, by which EVALSHA names it. */
export type Script = { source: string; sha1: string };

// Server time, so that clocks of clients do not matter. `%.0f` because some servers print numbers with 14 digits (`%.14g`).
const HEAD = `local t=redis.call('TIME')
local now=tonumber(t[1])*1000+math.floor(tonumber(t[2])/1000)
local k=KEYS[1]
local h=redis.call('HMGET',k,'s','g','f','u','n','p','w','a')
local s,g=h[1] or 'c',tonumber(h[2] or '0')
local f,u,n=tonumber(h[3] or '0'),tonumber(h[4] or '0'),tonumber(h[5] or '0')
local p,w,a=h[6] or '',tonumber(h[7] or '0'),tonumber(h[8] or '0')
local function i(x) return string.format('%.0f',x) end
`;

/**
 * ACQUIRE, KEYS: breaker; ARGV: token (empty: take no probe), lease_ms, max_open_ms, max_lease_ms, busy_ms, day_ms.
 *
 * Replies {admission, generation, now, retry_ms, failures, opens}; admission: 0 open, 1 closed, 2 you are the probe,
 * 3 another one probes, 4 isolated, 5 due for a probe. The same in TypeScript: `machine.ts`, `acquire`.
 */
export const ACQUIRE: Script = {
  source: `${HEAD}local function out(v,retry) return {v,g,now,retry,f,n} end
if s=='c' then return out(1,0) end
if s=='x' then return out(4,0) end
if s=='h' and p==ARGV[1] and u>now then return out(2,u-now) end
local longest=tonumber(s=='h' and ARGV[4] or ARGV[3])
if u-now>longest then u=now+longest; redis.call('HSET',k,'u',i(u)) end
if now<u then
  if s=='h' then return out(3,math.min(u-now,tonumber(ARGV[5]))) end
  return out(0,u-now)
end
if ARGV[1]=='' then return out(5,0) end
g=math.max(g+1,now); u=now+tonumber(ARGV[2])
redis.call('HSET',k,'s','h','g',i(g),'u',i(u),'p',ARGV[1])
redis.call('PEXPIRE',k,ARGV[6])
return out(2,tonumber(ARGV[2]))`,
  sha1: '8a4f5b7ea0609f496666ad825b0e7d91f401d846',
};

/**
 * REPORT, KEYS: breaker; ARGV: outcome (s|f|i), generation, acquired_at, token, threshold, window_ms, open_ms, max_open_ms, ttl_ms, reason.
 *
 * Replies {change, state, generation, retry_ms, failures, opens}; change: 0 none, 1 counted, 2 opened, 3 closed, 4 probe handed
 * back; state: 0 closed, 1 open, 2 half-open, 4 isolated. The same in TypeScript: `machine.ts`, `report`.
 */
export const REPORT: Script = {
  source: `${HEAD}local code={c=0,o=1,h=2,x=4}
local o=ARGV[1]
local function out(change) return {change,code[s],g,math.max(0,u-now),f,n} end
local function open()
  n=n+1
  local d=math.min(tonumber(ARGV[7])*2^math.min(n-1,20),tonumber(ARGV[8]))
  s,u,g='o',now+d,math.max(g+1,now)
  if a==0 then a=now end
  redis.call('HSET',k,'s',s,'g',i(g),'f',i(f),'u',i(u),'n',i(n),'w',0,'p','','r',ARGV[10],'a',i(a))
  redis.call('PEXPIRE',k,i(d+tonumber(ARGV[9])))
  return out(2)
end
if tonumber(ARGV[2])~=g or s=='o' or s=='x' then return out(0) end
if s=='h' then
  if p~=ARGV[4] then return out(0) end
  if o=='f' then f=f+1; return open() end
  if o=='s' then
    s,f,u,n,g='c',0,0,0,math.max(g+1,now)
    redis.call('HSET',k,'s',s,'g',i(g),'f',0,'u',0,'n',0,'w',0,'p','','a',0)
    redis.call('PEXPIRE',k,ARGV[9])
    return out(3)
  end
  s,u,g='o',now,math.max(g+1,now)
  redis.call('HSET',k,'s',s,'g',i(g),'u',i(u),'p','')
  return out(4)
end
if o=='i' then return out(0) end
if o=='s' then
  if f==0 or tonumber(ARGV[3])<w then return out(0) end
  f=0; redis.call('HSET',k,'f',0,'w',0)
  return out(1)
end
if f==0 or now-w>tonumber(ARGV[6]) then f,w=0,now end
f=f+1
if f>=tonumber(ARGV[5]) then return open() end
redis.call('HSET',k,'s','c','g',i(g),'f',i(f),'w',i(w),'r',ARGV[10])
redis.call('PEXPIRE',k,ARGV[9])
return out(1)`,
  sha1: '4266891ba433bdaf7d96a75c62ce1c165f003350',
};

/** EXTEND, KEYS: breaker; ARGV: generation, token, lease_ms. Replies 1 when the lease was held and now lasts lease_ms, else 0. */
export const EXTEND: Script = {
  source: `${HEAD}if s~='h' or tonumber(ARGV[1])~=g or p~=ARGV[2] then return 0 end
redis.call('HSET',k,'u',i(now+tonumber(ARGV[3])))
return 1`,
  sha1: 'ed34839b82779b28528c5f7287bcc35e3d43edcc',
};

/** STEER, KEYS: breaker; ARGV: state (x|c), ttl_ms. Isolated lasts until a person closes it. Replies the state before (0, 1, 2 or 4). */
export const STEER: Script = {
  source: `${HEAD}local was=({c=0,o=1,h=2,x=4})[s]
if ARGV[1]=='c' then a=0 elseif a==0 then a=now end
redis.call('HSET',k,'s',ARGV[1],'g',i(math.max(g+1,now)),'f',0,'u',0,'n',0,'w',0,'p','','a',i(a))
if ARGV[1]=='c' then redis.call('PEXPIRE',k,ARGV[2]) else redis.call('PERSIST',k) end
return was`,
  sha1: '7a9b4eec1962f450d7920ded53ac8ce329e793de',
};

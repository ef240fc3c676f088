# Downloads the published model and keeps only files that are verified by its digest.
set -eu
refuse() {
  echo "model $MODEL@$DIGEST: got $1; expected a complete, verified model. Nothing is served." >&2
  exit 1
}
rm -rf "$TARGET/.download"
mkdir "$TARGET/.download"
cd "$TARGET/.download"
aws s3 cp --recursive --only-show-errors "s3://$BUCKET/$PREFIX$MODEL/$DIGEST/" .
[ -f SHA256SUMS ] || refuse "no SHA256SUMS in s3://$BUCKET/$PREFIX$MODEL/$DIGEST/"
echo "$DIGEST  SHA256SUMS" | sha256sum --check --quiet - || refuse "another SHA256SUMS than its digest says"
sha256sum --check --quiet --strict SHA256SUMS || refuse "files that differ from SHA256SUMS"
# The digest covers these two, so nobody can add them afterwards: VERIFIED is there only when every gate was passed.
verified='' manifest=''
while read -r _ path; do
  case "$path" in
    VERIFIED) verified=yes ;;
    manifest.json) manifest=yes ;;
  esac
done < SHA256SUMS
[ "$verified" ] || refuse "a package that passed no gates: SHA256SUMS names no VERIFIED"
[ "$manifest" ] || refuse "a package without a manifest: SHA256SUMS names no manifest.json"
# Files that SHA256SUMS doesn't list are not moved.
while read -r _ path; do
  mkdir -p "$(dirname "$TARGET/$path")"
  mv "$path" "$TARGET/$path"
done < SHA256SUMS
rm -rf "$TARGET/.download"

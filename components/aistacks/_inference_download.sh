# Brings the published model into the pod and serves only what its digest vouches for.
set -eu
rm -rf "$TARGET/.download"
mkdir "$TARGET/.download"
cd "$TARGET/.download"
aws s3 cp --recursive --only-show-errors "s3://$BUCKET/$MODEL/$DIGEST/" .
echo "$DIGEST  SHA256SUMS" | sha256sum --check --quiet -
sha256sum --check --quiet --strict SHA256SUMS
# A file that the list doesn't name stays behind.
while read -r _ path; do
  mkdir -p "$(dirname "$TARGET/$path")"
  mv "$path" "$TARGET/$path"
done < SHA256SUMS
rm -rf "$TARGET/.download"

# keys - who may be believed; knows bytes, not formats, but for seal, which takes a bundle's signatures
# out of its container. The installer links keys.parts alone: a node can verify, it cannot sign and cannot assume.
keys.parts         := public verify ring seal lines base64
keys.bundler.parts := secret sign prompt assume

# manifest - what both programs must agree on: bytes, names, formats. base/ knows nothing of bundles.
manifest.parts := $(addprefix base/,err text fs private surroundings sandbox tree pool ahead cli report) \
                  digest digest_lanes path json jsonview listing rows rows_check ustar profile profiles manifest medium appended volumes placing container \
                  frame_read unpack witness decoder bundle verdict package
manifest.bundler.parts := frame_write

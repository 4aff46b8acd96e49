# manifest - what both programs must agree on: bytes, names, formats. base/ knows nothing of bundles.
manifest.parts := $(addprefix base/,err text fs private tree pool ahead cli report) \
                  digest digest_lanes path json jsonview listing rows rows_check ustar profile profiles manifest container \
                  frame_read unpack bundle verdict package
manifest.bundler.parts := frame_write

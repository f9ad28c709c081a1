;; Paints four pixels at a time. Run `pnpm --filter @gvpie/raster-cpu assemble` after a change.
;;
;; Memory, by byte address; kernel.ts holds the same addresses:
;;
;;   0x000000  pixels, 4 bytes each: 262,144 packed colours
;;   0x100000  bit plane, 1 bit a pixel: the first pixel is the lowest bit of the first byte
;;   0x108000  quads, 16 bytes each: the pixels that each of the 16 combinations of four bits expands to
;;   0x108100  font, 8 bytes a glyph: its 7 rows, the leftmost pixel in the lowest bit
;;   0x10a000  glyph indexes, 2 bytes each
(module
  (memory (export "memory") 17 17)

  ;; A rectangle is the address of its first pixel ($row), the bytes of one of its rows ($width), the number of its rows
  ;; and the bytes from one row of the canvas to the next ($stride). Each row is painted four pixels at a time, then the
  ;; rest of it pixel by pixel.

  ;; Fills a rectangle with an opaque colour.
  (func (export "fillRect")
    (param $row i32) (param $width i32) (param $rows i32) (param $stride i32) (param $color i32)
    (local $at i32) (local $end i32) (local $colors v128)
    (local.set $colors (i32x4.splat (local.get $color)))
    (block $done
      (loop $next_row
        (br_if $done (i32.eqz (local.get $rows)))
        (local.set $at (local.get $row))
        (local.set $end (i32.add (local.get $row) (local.get $width)))
        (block $quads_done
          (loop $next_quad
            (br_if $quads_done
              (i32.eqz (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))))
            (v128.store align=4 (local.get $at) (local.get $colors))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $next_quad)))
        (block $row_done
          (loop $next_pixel
            (br_if $row_done (i32.eqz (i32.lt_u (local.get $at) (local.get $end))))
            (i32.store (local.get $at) (local.get $color))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br $next_pixel)))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $next_row))))

  ;; Blends a translucent colour of alpha a onto opaque pixels. Each channel becomes (u + (u >> 8)) >> 8, where
  ;; u = d·(255 − a) + s·a + 128. u has 16 bits, so a vector holds eight of them: red and blue of four pixels are $even,
  ;; green and alpha are $odd. $inverse_alpha is 255 − a; $red_blue and $green_alpha are s·a + 128 of two channels each.
  (func (export "blendRect")
    (param $row i32) (param $width i32) (param $rows i32) (param $stride i32)
    (param $inverse_alpha i32) (param $red_blue i32) (param $green_alpha i32)
    (local $at i32) (local $end i32)
    (local $inverse_alphas v128) (local $red_blues v128) (local $green_alphas v128)
    (local $even_bytes v128) (local $odd_bytes v128)
    (local $target v128) (local $even v128) (local $odd v128)
    (local.set $inverse_alphas (i16x8.splat (local.get $inverse_alpha)))
    (local.set $red_blues (i32x4.splat (local.get $red_blue)))
    (local.set $green_alphas (i32x4.splat (local.get $green_alpha)))
    (local.set $even_bytes (i32x4.splat (i32.const 0x00ff00ff)))
    (local.set $odd_bytes (i32x4.splat (i32.const 0xff00ff00)))
    (block $done
      (loop $next_row
        (br_if $done (i32.eqz (local.get $rows)))
        (local.set $at (local.get $row))
        (local.set $end (i32.add (local.get $row) (local.get $width)))
        (block $quads_done
          (loop $next_quad
            (br_if $quads_done
              (i32.eqz (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))))
            (local.set $target (v128.load align=4 (local.get $at)))
            (local.set $even
              (i16x8.add
                (i16x8.mul (v128.and (local.get $target) (local.get $even_bytes)) (local.get $inverse_alphas))
                (local.get $red_blues)))
            (local.set $odd
              (i16x8.add
                (i16x8.mul (i16x8.shr_u (local.get $target) (i32.const 8)) (local.get $inverse_alphas))
                (local.get $green_alphas)))
            (local.set $odd
              (v128.or
                (i16x8.shr_u
                  (i16x8.add (local.get $even) (i16x8.shr_u (local.get $even) (i32.const 8)))
                  (i32.const 8))
                (v128.and
                  (i16x8.add (local.get $odd) (i16x8.shr_u (local.get $odd) (i32.const 8)))
                  (local.get $odd_bytes))))
            (v128.store align=4 (local.get $at) (local.get $odd))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $next_quad)))
        (block $row_done
          (loop $next_pixel
            (br_if $row_done (i32.eqz (i32.lt_u (local.get $at) (local.get $end))))
            (local.set $target (v128.load32_zero (local.get $at)))
            (local.set $even
              (i16x8.add
                (i16x8.mul (v128.and (local.get $target) (local.get $even_bytes)) (local.get $inverse_alphas))
                (local.get $red_blues)))
            (local.set $odd
              (i16x8.add
                (i16x8.mul (i16x8.shr_u (local.get $target) (i32.const 8)) (local.get $inverse_alphas))
                (local.get $green_alphas)))
            (local.set $odd
              (v128.or
                (i16x8.shr_u
                  (i16x8.add (local.get $even) (i16x8.shr_u (local.get $even) (i32.const 8)))
                  (i32.const 8))
                (v128.and
                  (i16x8.add (local.get $odd) (i16x8.shr_u (local.get $odd) (i32.const 8)))
                  (local.get $odd_bytes))))
            (v128.store32_lane 0 (local.get $at) (local.get $odd))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br $next_pixel)))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $next_row))))

  ;; Sets the bits of a row of uncut glyphs. Their indexes lie at the addresses $glyph … $end. $top is the address of the
  ;; bit plane's row that holds the topmost row of the glyphs, $stride the bytes of a row, $x the first glyph's column.
  ;; The rows of as many glyphs as fit into 64 bits are combined before they are stored.
  (func (export "setGlyphs")
    (param $top i32) (param $stride i32) (param $x i32) (param $glyph i32) (param $end i32)
    (local $row0 i64) (local $row1 i64) (local $row2 i64) (local $row3 i64)
    (local $row4 i64) (local $row5 i64) (local $row6 i64)
    (local $shift i32) (local $first i32) (local $at i32)
    (block $done
      (loop $next_group
        (br_if $done (i32.eqz (i32.lt_u (local.get $glyph) (local.get $end))))
        (local.set $row0 (i64.const 0))
        (local.set $row1 (i64.const 0))
        (local.set $row2 (i64.const 0))
        (local.set $row3 (i64.const 0))
        (local.set $row4 (i64.const 0))
        (local.set $row5 (i64.const 0))
        (local.set $row6 (i64.const 0))
        (local.set $first (i32.add (local.get $top) (i32.shr_u (local.get $x) (i32.const 3))))
        (local.set $shift (i32.and (local.get $x) (i32.const 7)))
        (block $group_done
          (loop $next_glyph
            ;; 59 is the last shift at which 5 columns fit.
            (br_if $group_done
              (i32.eqz
                (i32.and
                  (i32.lt_u (local.get $glyph) (local.get $end))
                  (i32.le_u (local.get $shift) (i32.const 59)))))
            (local.set $at (i32.shl (i32.load16_u (local.get $glyph)) (i32.const 3)))
            (local.set $row0
              (i64.or
                (local.get $row0)
                (i64.shl
                  (i64.load8_u offset=0x108100 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row1
              (i64.or
                (local.get $row1)
                (i64.shl
                  (i64.load8_u offset=0x108101 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row2
              (i64.or
                (local.get $row2)
                (i64.shl
                  (i64.load8_u offset=0x108102 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row3
              (i64.or
                (local.get $row3)
                (i64.shl
                  (i64.load8_u offset=0x108103 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row4
              (i64.or
                (local.get $row4)
                (i64.shl
                  (i64.load8_u offset=0x108104 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row5
              (i64.or
                (local.get $row5)
                (i64.shl
                  (i64.load8_u offset=0x108105 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $row6
              (i64.or
                (local.get $row6)
                (i64.shl
                  (i64.load8_u offset=0x108106 (local.get $at))
                  (i64.extend_i32_u (local.get $shift)))))
            (local.set $glyph (i32.add (local.get $glyph) (i32.const 2)))
            (local.set $x (i32.add (local.get $x) (i32.const 6)))
            (local.set $shift (i32.add (local.get $shift) (i32.const 6)))
            (br $next_glyph)))
        (local.set $at (local.get $first))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row0)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row1)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row2)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row3)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row4)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row5)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (i64.store align=1 (local.get $at) (i64.or (i64.load align=1 (local.get $at)) (local.get $row6)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (br $next_group))))

  ;; Expands the bits at the addresses $bits … $end, 32 at a time, into the pixels at $pixel.
  (func (export "expandBits")
    (param $bits i32) (param $end i32) (param $pixel i32)
    (local $word i32)
    (block $done
      (loop $next_word
        (br_if $done (i32.eqz (i32.lt_u (local.get $bits) (local.get $end))))
        (local.set $word (i32.load (local.get $bits)))
        ;; Four bits, times the 16 bytes of a quad, are the offset of their quad.
        (v128.store align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shl (local.get $word) (i32.const 4)) (i32.const 0xf0))))
        (v128.store offset=16 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 0)) (i32.const 0xf0))))
        (v128.store offset=32 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 4)) (i32.const 0xf0))))
        (v128.store offset=48 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 8)) (i32.const 0xf0))))
        (v128.store offset=64 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 12)) (i32.const 0xf0))))
        (v128.store offset=80 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 16)) (i32.const 0xf0))))
        (v128.store offset=96 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 20)) (i32.const 0xf0))))
        (v128.store offset=112 align=4
          (local.get $pixel)
          (v128.load offset=0x108000 align=4
            (i32.and (i32.shr_u (local.get $word) (i32.const 24)) (i32.const 0xf0))))
        (local.set $bits (i32.add (local.get $bits) (i32.const 4)))
        (local.set $pixel (i32.add (local.get $pixel) (i32.const 128)))
        (br $next_word)))))

/**
 * Frozen: \p{L} and \p{M}, and \p{Nd}, of Unicode 17, as base-36 distances between the bounds of ranges (first and last
 * code point alternate). Written by test/model/terms/generate-tables.ts; alphabet.ts reads it.
 */

export const LETTERS_AND_MARKS =
  '1t p 7 p 1c 0 b 0 5 0 6 m 2 u 2 cp 5 b f 4 8 0 2 0 i 38 2 1 3 3 2 0 7 0 2 2 2 0 2 j 2 2a 2 3u 2 4s 2 11 3 0 7 14 ' +
  '9 18 2 0 2 1 2 1 2 0 9 q 5 3 u a 6 1r f 2t 2 7 3 9 2 5 b 2 3 0 h 1m 3 2s p 17 5 0 3 0 3 19 j r 5 a 6 n 2 6 8 22 ' +
  '2 3k e i 2 7 3 1 3 l 2 6 2 0 4 3 3 8 3 1 3 3 9 0 5 1 2 4 d 1 b 0 2 0 3 2 2 5 5 1 3 l 2 6 2 1 2 1 2 1 3 0 2 4 5 1 ' +
  '3 2 4 0 8 3 2 0 i 5 c 2 2 8 2 2 2 l 2 6 2 1 2 4 3 9 2 2 2 2 3 0 g 3 m 6 2 2 2 7 3 1 3 l 2 6 2 1 2 4 3 8 3 1 3 2 ' +
  '8 2 5 1 2 4 e 0 h 1 2 5 4 2 2 3 4 1 2 0 2 1 4 1 4 2 4 b 5 4 4 2 2 3 3 0 7 0 15 c 2 2 2 m 2 f 3 8 2 2 2 3 8 1 2 2 ' +
  '2 1 3 3 t 3 2 7 2 2 2 m 2 9 2 4 3 8 2 2 2 3 8 1 6 2 2 3 e 2 d c 2 2 2 1e 2 2 2 4 6 3 8 4 n 5 2 2 2 h 4 n 2 8 2 0 ' +
  '3 6 4 0 5 5 2 0 2 7 j 1 e 1l 6 e 1f 1 2 0 2 4 2 n 2 0 2 m 3 4 2 0 2 6 e 3 x 0 o 1 s 0 2 0 2 0 5 9 2 z 5 j 2 h 2 ' +
  'z a 0 1m 1r h 1r b 3 3 11 2 0 6 0 3 16 2 98 2 3 3 6 2 0 2 3 3 14 2 3 3 w 2 3 3 6 2 0 2 3 3 e 2 1k 2 3 3 1u 3 2 x ' +
  'f h 2d 3 5 4 h7 3 g 2 p 6 22 7 7 8 l a l c j d c 2 2 2 1 d 2b 4 0 5 1 1a 2 2 0 h 2g 8 16 6 1x b u 2 b 5 b l t 3 ' +
  '4 c 17 5 p 1j r 5 1q 2 s 3 0 14 0 9 19 3 b l 24 v 8 d 1b b 1l d 1j m 2 b z 3 a 6 16 3 2 h 2 2 12 6 et 3 5 3 11 3 ' +
  '5 3 7 2 0 2 0 2 0 2 u 3 1g 2 6 2 0 4 2 2 6 4 3 3 5 5 c 6 2 2 6 39 0 e 0 h c 1g w i 0 5 0 3 9 2 0 4 4 7 0 2 0 2 0 ' +
  '2 3 2 a 3 3 6 4 5 0 1h 1 22k 6c 7 8 d 11 2 0 6 0 3 1j 8 0 g n a 6 2 6 2 6 2 6 2 6 2 6 2 6 2 6 2 v 1c 0 d2 1 10 5 ' +
  '2 4 6 1 5 2d 3 1 3 2 2 2h 2 3 6 16 2 2l i v 1d f e9 533 1t h3g 1w 19 3 7g 4 f b 1 l 1e 2 9 2 2u b 1 12 8 3 2u 3 ' +
  '29 l 1i 5 0 k 1f d 1x r n 4 0 2 2 b z 3 z d s 4 1s f 0 h f b 4 2 1i a d j m 4 20 p 2 3 f 3 4 b 5 3 5 3 5 a 6 2 6 ' +
  '2 16 2 d 7 3e 2 1 j 8mb d m 5 1c 6it a5 3 2x 13 6 d 4 6 b 2 c 2 4 2 0 2 1 2 1 2 2z y a2 j 1r 3 1h 15 b 5 f h f ' +
  '1t 4 2 3q 11 p 7 p c 2g 4 5 3 5 3 5 3 2 10 b 2 p 2 i 2 1 2 e 3 d z 3e 77 0 3n s 4 1c g 0 w v e j 2 7 7 16 6 t 3 ' +
  'z 5 7 1d 4d j z 5 z 5 13 9 1f d a 2 e 2 6 2 1 2 a 2 e 2 6 2 1 4 1f d 8m a l b 7 p 5 2 15 2 8 1y 5 3 0 2 17 2 1 4 ' +
  '0 3 m b m a u 1u i 2 1 b l b p 7 p 13 1j 7 1 1t 3 2 1 6 7 2 2 2 s 3 2 5 0 x s 4 s 10 7 2 t q 1h b l b i e h 33 ' +
  '20 1k 1e e 1e e 13 z r 4 4 2 m 6z 15 2 1 4 1 h 5 1f y b 0 9 w w l 17 k s m a 1y 16 5 a 1n 8 0 e o o 1g g 3 9 z 3 ' +
  '0 a 1w 5 3 2 1 b 0 2 0 10 h 2 10 7 3 1r 6 2 0 2 3 2 e 2 9 8 1m m 3 2 7 3 1 3 l 2 6 2 1 2 4 2 9 3 1 3 2 3 0 7 0 6 ' +
  '6 3 6 4 4 c 9 2 0 3 0 2 11 2 9 2 0 3 0 2 3 2 7 e 1 u 22 k 3 v 1x 2 0 55 1h 3 8 o 5 z 1s 4 0 1o 1k 20 q 3 e l 6 ' +
  '56 1m 2u 1r w 7 3 0 3 7 2 1 2 t 2 1 3 8 2l 7 3 19 3 7 2 1 s 1q 9 0 9 21 4 0 j 20 2w 7 2h w w 8 2 18 2 8 1e t 3 l ' +
  '2 d 22 6 2 1 2 17 4 0 2 1 2 8 p 5 2 1 2 10 2 1 2 5 o 17 79 m a g 2 14 4 4 o 0 2e 0 28 pl 6f 5f 219 2o g tr h l b ' +
  '32y 6 g6 5a2 1b 1ch fs 8 u i 26 i t 3 4 c 1i a 3 w k 6 i c1 18 5w 1r x o 3 o 19 22 5 1k 8 g 1t 1 2 1 c 3 d 5p1 ' +
  '16 v 2q 36 6pq 3 2 6 2 1 2 82 g 0 u 2 3 0 f 3 9 az 1s5 2y 6 c 4 8 8 9 4 1 3mq 19 3 m f3 4 4 5 9 7 3 6 v 3 45 2 ' +
  'cc 2c 2 1y 2 1 3 0 3 1 3 3 2 b 2 0 2 6 2 1s 2 3 3 7 2 6 2 r 2 3 2 4 2 0 4 6 2 9f 3 o 2 o 2 u 2 o 2 u 2 o 2 u 2 o ' +
  '2 u 2 o 2 7 fp 1i 5 1d 9 0 f 0 n 4 2 e up u 7 5 5y 6 2 g 3 6 2 1 2 4 6 1p y 0 35 18 4 d h 0 8y u i 1b dd v 69 w ' +
  '5s u 2 l 9 1 69 6 2 3 2 1 2 e 2 5g c 6 16 23 xh 3 2 q 2 1 2 0 3 0 2 9 2 3 2 0 2 0 7 0 5 0 2 0 2 0 2 2 2 1 2 0 3 ' +
  '0 2 0 2 0 2 0 2 0 2 1 2 0 3 3 2 6 2 3 2 3 2 0 2 9 2 g 6 2 2 4 2 g 3et wyn x 3dp 3 4gd 3 5rk g h9 1wj f1 15v 3t6 ' +
  '6 6jt f62v 6n'

export const DIGITS =
  '1c 9 17r 9 3r 9 5j 9 bh 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 2p 9 3b 9 1z 9 7r 9 1z 9 1fr 9 13 9 8d 9 ' +
  '3l 9 4n 9 7 9 53 9 2f 9 3r 9 7 9 r7r 9 iv 9 13 9 5j 9 n 9 2f 9 bb 9 gev 9 13b 9 1on 9 7 9 m5 9 3l 9 1p 9 41 9 7r ' +
  '9 9j 9 3b 9 af 9 2v 9 7 j 25 9 br 9 2v 9 if 9 2f 9 6v 9 1z 9 1j 9 9z 9 d07 9 1t3 9 2f 9 3r 9 ev 9 iuv 9 251 1d ' +
  '1tt 9 br 9 dz 9 6w 9 nq 9 3o7 9'

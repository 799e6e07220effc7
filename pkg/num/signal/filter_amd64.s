#include "textflag.h"

// One row of the section whose coefficients lie at OFF(BX), each in every lane, with states Z1 and
// Z2, from IN to OUT.
//	v  = b0 x + z1
//	z1 = (b1 x + z2) - a1 v
//	z2 = b2 x - a2 v
#define STEP(OFF, IN, OUT, Z1, Z2) \
	VMOVAPD      Z1, Y12                \
	VFMADD231PD  (OFF+0)(BX), IN, Y12   \ // v, with b0
	VMOVAPD      Z2, Z1                 \
	VFMADD231PD  (OFF+32)(BX), IN, Z1   \ // b1
	VFNMADD231PD (OFF+96)(BX), Y12, Z1  \ // a1
	VMULPD       (OFF+64)(BX), IN, Z2   \ // b2
	VFNMADD231PD (OFF+128)(BX), Y12, Z2 \ // a2
	VMOVAPD      Y12, OUT

#define FIRST(IN, OUT) STEP(0, IN, OUT, Y0, Y1)
#define SECOND(IN, OUT) STEP(160, IN, OUT, Y2, Y3)
#define THIRD(IN, OUT) STEP(320, IN, OUT, Y4, Y5)
#define FOURTH(IN, OUT) STEP(480, IN, OUT, Y6, Y7)

// SPREAD writes n coefficients at SI to BX, each in every lane. BX moves up to a multiple of 32.
#define SPREAD(N, LOOP) \
	ADDQ         $31, BX              \
	ANDQ         $~31, BX             \
	MOVQ         BX, R8               \
	XORQ         AX, AX               \
LOOP:                              \
	VBROADCASTSD (SI)(AX*8), Y8       \
	VMOVAPD      Y8, (R8)             \
	ADDQ         $32, R8              \
	INCQ         AX                   \
	CMPQ         AX, N                \
	JNE          LOOP

// func filterFourAVX2(block *float64, rows int, s *[4]section, state *float64, room *coefficients)
//
// Rows wait in Y8, Y9, Y10 before the second, third and fourth section.
TEXT ·filterFourAVX2(SB), NOSPLIT, $0-40
	MOVQ block+0(FP), DI
	MOVQ rows+8(FP), CX
	MOVQ s+16(FP), SI
	MOVQ state+24(FP), DX
	MOVQ room+32(FP), BX
	SPREAD($20, coefficient)

	VMOVUPD 0(DX), Y0
	VMOVUPD 32(DX), Y1
	VMOVUPD 64(DX), Y2
	VMOVUPD 96(DX), Y3
	VMOVUPD 128(DX), Y4
	VMOVUPD 160(DX), Y5
	VMOVUPD 192(DX), Y6
	VMOVUPD 224(DX), Y7

	VMOVUPD 0(DI), Y8
	FIRST(Y8, Y8)
	SECOND(Y8, Y9)
	VMOVUPD 32(DI), Y8
	FIRST(Y8, Y8)
	THIRD(Y9, Y10)
	SECOND(Y8, Y9)
	VMOVUPD 64(DI), Y8
	FIRST(Y8, Y8)
	SUBQ    $3, CX

row:
	FOURTH(Y10, Y10)
	VMOVUPD Y10, (DI)
	THIRD(Y9, Y10)
	SECOND(Y8, Y9)
	VMOVUPD 96(DI), Y8
	FIRST(Y8, Y8)
	ADDQ    $32, DI
	DECQ    CX
	JNZ     row

	FOURTH(Y10, Y10)
	VMOVUPD Y10, (DI)
	THIRD(Y9, Y10)
	SECOND(Y8, Y9)
	FOURTH(Y10, Y10)
	VMOVUPD Y10, 32(DI)
	THIRD(Y9, Y10)
	FOURTH(Y10, Y10)
	VMOVUPD Y10, 64(DI)

	VMOVUPD Y0, 0(DX)
	VMOVUPD Y1, 32(DX)
	VMOVUPD Y2, 64(DX)
	VMOVUPD Y3, 96(DX)
	VMOVUPD Y4, 128(DX)
	VMOVUPD Y5, 160(DX)
	VMOVUPD Y6, 192(DX)
	VMOVUPD Y7, 224(DX)
	VZEROUPPER
	RET

// func filterBlockAVX2(block *float64, rows int, s *section, state *float64, room *coefficients)
TEXT ·filterBlockAVX2(SB), NOSPLIT, $0-40
	MOVQ    block+0(FP), DI
	MOVQ    rows+8(FP), CX
	MOVQ    s+16(FP), SI
	MOVQ    state+24(FP), DX
	MOVQ    room+32(FP), BX
	SPREAD($5, coefficient)
	VMOVUPD 0(DX), Y0
	VMOVUPD 32(DX), Y1

row:
	VMOVUPD (DI), Y8
	FIRST(Y8, Y8)
	VMOVUPD Y8, (DI)
	ADDQ    $32, DI
	DECQ    CX
	JNZ     row

	VMOVUPD Y0, 0(DX)
	VMOVUPD Y1, 32(DX)
	VZEROUPPER
	RET

// Four rows of four signals in Y0 … Y3, a signal to a register, become four rows, and the
// other way round.
#define TRANSPOSE \
	VUNPCKLPD  Y1, Y0, Y4        \ // 00 10 02 12
	VUNPCKHPD  Y1, Y0, Y5        \ // 01 11 03 13
	VUNPCKLPD  Y3, Y2, Y6        \ // 20 30 22 32
	VUNPCKHPD  Y3, Y2, Y7        \
	VPERM2F128 $0x20, Y6, Y4, Y0 \ // row 0
	VPERM2F128 $0x20, Y7, Y5, Y1 \ // row 1
	VPERM2F128 $0x31, Y6, Y4, Y2 \ // row 2
	VPERM2F128 $0x31, Y7, Y5, Y3

// func gatherAVX2(block *float64, step, fours int, s0, s1, s2, s3 *float64)
TEXT ·gatherAVX2(SB), NOSPLIT, $0-56
	MOVQ block+0(FP), DI
	MOVQ step+8(FP), DX
	MOVQ fours+16(FP), CX
	MOVQ s0+24(FP), R8
	MOVQ s1+32(FP), R9
	MOVQ s2+40(FP), R10
	MOVQ s3+48(FP), R11
	XORQ AX, AX

rows:
	VMOVUPD (R8)(AX*1), Y0
	VMOVUPD (R9)(AX*1), Y1
	VMOVUPD (R10)(AX*1), Y2
	VMOVUPD (R11)(AX*1), Y3
	TRANSPOSE
	VMOVUPD Y0, (DI)
	ADDQ    DX, DI
	VMOVUPD Y1, (DI)
	ADDQ    DX, DI
	VMOVUPD Y2, (DI)
	ADDQ    DX, DI
	VMOVUPD Y3, (DI)
	ADDQ    DX, DI
	ADDQ    $32, AX
	DECQ    CX
	JNZ     rows

	VZEROUPPER
	RET

// func scatterAVX2(block *float64, step, fours int, s0, s1, s2, s3 *float64)
TEXT ·scatterAVX2(SB), NOSPLIT, $0-56
	MOVQ block+0(FP), DI
	MOVQ step+8(FP), DX
	MOVQ fours+16(FP), CX
	MOVQ s0+24(FP), R8
	MOVQ s1+32(FP), R9
	MOVQ s2+40(FP), R10
	MOVQ s3+48(FP), R11
	XORQ AX, AX

rows:
	VMOVUPD (DI), Y0
	ADDQ    DX, DI
	VMOVUPD (DI), Y1
	ADDQ    DX, DI
	VMOVUPD (DI), Y2
	ADDQ    DX, DI
	VMOVUPD (DI), Y3
	ADDQ    DX, DI
	TRANSPOSE
	VMOVUPD Y0, (R8)(AX*1)
	VMOVUPD Y1, (R9)(AX*1)
	VMOVUPD Y2, (R10)(AX*1)
	VMOVUPD Y3, (R11)(AX*1)
	ADDQ    $32, AX
	DECQ    CX
	JNZ     rows

	VZEROUPPER
	RET

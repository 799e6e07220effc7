#include "textflag.h"

// One row of a quarter of the lanes: OFF is its offset, Z1 and Z2 its states.
//	v  = b0 x + z1
//	z1 = (b1 x + z2) - a1 v
//	z2 = b2 x - a2 v
#define STEP(OFF, Z1, Z2) \
	VMOVUPD      OFF(DI), Y13       \ // x
	VMOVAPD      Z1, Y14            \
	VFMADD231PD  Y13, Y8, Y14       \ // v
	VMOVAPD      Z2, Z1             \
	VFMADD231PD  Y13, Y9, Z1        \
	VFNMADD231PD Y14, Y11, Z1       \
	VMULPD       Y13, Y10, Z2       \
	VFNMADD231PD Y14, Y12, Z2       \
	VMOVUPD      Y14, OFF(DI)

// func filterBlockAVX2(block *float64, rows int, s *section, state *float64)
TEXT ·filterBlockAVX2(SB), NOSPLIT, $0-32
	MOVQ block+0(FP), DI
	MOVQ rows+8(FP), CX
	MOVQ s+16(FP), SI
	MOVQ state+24(FP), DX

	VBROADCASTSD 0(SI), Y8   // b0
	VBROADCASTSD 8(SI), Y9   // b1
	VBROADCASTSD 16(SI), Y10 // b2
	VBROADCASTSD 24(SI), Y11 // a1
	VBROADCASTSD 32(SI), Y12 // a2

	VMOVUPD 0(DX), Y0   // z1 of lanes 0-3
	VMOVUPD 32(DX), Y1
	VMOVUPD 64(DX), Y2
	VMOVUPD 96(DX), Y3
	VMOVUPD 128(DX), Y4 // z2 of lanes 0-3
	VMOVUPD 160(DX), Y5
	VMOVUPD 192(DX), Y6
	VMOVUPD 224(DX), Y7

row:
	STEP(0, Y0, Y4)
	STEP(32, Y1, Y5)
	STEP(64, Y2, Y6)
	STEP(96, Y3, Y7)
	ADDQ $128, DI
	DECQ CX
	JNZ  row

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

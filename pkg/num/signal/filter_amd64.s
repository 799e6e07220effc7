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

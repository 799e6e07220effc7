#include "textflag.h"

// func sumRowsAVX2(dst *float64, n int, rows *[]float64, count int, at int)
// sumRowsGo for n a multiple of 8 and at least one row; a slice takes 24 bytes.
TEXT ·sumRowsAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ at+32(FP), R9

eight:
	MOVQ   rows+16(FP), SI
	MOVQ   count+24(FP), DX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1

row:
	MOVQ   (SI), R8
	VADDPD (R8)(R9*8), Y0, Y0
	VADDPD 32(R8)(R9*8), Y1, Y1
	ADDQ   $24, SI
	DECQ   DX
	JNZ    row
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	ADDQ   $64, DI
	ADDQ   $8, R9
	SUBQ   $8, CX
	JNZ    eight
	VZEROUPPER
	RET

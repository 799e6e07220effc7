#include "textflag.h"

// func slidingDotAVX2(dst, x *float64, n int, w *float64, taps int)
// Four outputs to a register; Y0 to Y3 are the partial sums of slidingDotGo.
TEXT ·slidingDotAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ w+24(FP), R8
	MOVQ taps+32(FP), R9

outputs:
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	MOVQ   SI, R10
	MOVQ   R8, R11
	MOVQ   R9, DX
	SUBQ   $4, DX
	JLT    sum

four:
	VBROADCASTSD (R11), Y4
	VBROADCASTSD 8(R11), Y5
	VBROADCASTSD 16(R11), Y6
	VBROADCASTSD 24(R11), Y7
	VMULPD       (R10), Y4, Y4
	VMULPD       8(R10), Y5, Y5
	VMULPD       16(R10), Y6, Y6
	VMULPD       24(R10), Y7, Y7
	VADDPD       Y4, Y0, Y0
	VADDPD       Y5, Y1, Y1
	VADDPD       Y6, Y2, Y2
	VADDPD       Y7, Y3, Y3
	ADDQ         $32, R10
	ADDQ         $32, R11
	SUBQ         $4, DX
	JGE          four

sum:
	VADDPD Y2, Y0, Y0
	VADDPD Y3, Y1, Y1
	VADDPD Y1, Y0, Y0
	ADDQ   $4, DX
	JZ     store

rest:
	VBROADCASTSD (R11), Y4
	VMULPD       (R10), Y4, Y4
	VADDPD       Y4, Y0, Y0
	ADDQ         $8, R10
	ADDQ         $8, R11
	DECQ         DX
	JNZ          rest

store:
	VMOVUPD Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     outputs
	VZEROUPPER
	RET

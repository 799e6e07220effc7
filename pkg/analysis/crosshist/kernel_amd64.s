#include "textflag.h"

DATA half<>+0(SB)/8, $-0.5
GLOBL half<>(SB), RODATA|NOPTR, $8
DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8
DATA sign<>+0(SB)/8, $0x8000000000000000
GLOBL sign<>(SB), RODATA|NOPTR, $8

// func flankAVX2(dst, x *float64, n int, mu, w2 float64)
TEXT ·flankAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD mu+24(FP), Y0
	VBROADCASTSD w2+32(FP), Y1
	VBROADCASTSD one<>(SB), Y2

flank:
	VMOVUPD (SI), Y3
	VSUBPD  Y0, Y3, Y3
	VMULPD  Y3, Y3, Y3
	VDIVPD  Y1, Y3, Y3
	VSUBPD  Y3, Y2, Y3
	VMOVUPD Y3, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     flank
	VZEROUPPER
	RET

// func decayAVX2(dst, x *float64, n int, mu, tau2 float64)
TEXT ·decayAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD mu+24(FP), Y0
	VBROADCASTSD tau2+32(FP), Y1
	VBROADCASTSD sign<>(SB), Y2

decay:
	VMOVUPD (SI), Y3
	VSUBPD  Y0, Y3, Y3
	VMULPD  Y3, Y3, Y3
	VXORPD  Y2, Y3, Y3
	VDIVPD  Y1, Y3, Y3
	VMOVUPD Y3, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     decay
	VZEROUPPER
	RET

// func bellAVX2(dst, x *float64, n int, mu, s float64)
TEXT ·bellAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD mu+24(FP), Y0
	VBROADCASTSD s+32(FP), Y1
	VBROADCASTSD half<>(SB), Y2

bell:
	VMOVUPD (SI), Y3
	VSUBPD  Y0, Y3, Y3
	VDIVPD  Y1, Y3, Y3
	VMULPD  Y3, Y3, Y3
	VMULPD  Y2, Y3, Y3
	VMOVUPD Y3, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     bell
	VZEROUPPER
	RET

// func timesAVX2(dst *float64, n int, a, b float64)
TEXT ·timesAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	VBROADCASTSD a+16(FP), Y0
	VBROADCASTSD b+24(FP), Y1

times:
	VMULPD  (DI), Y0, Y2
	VMULPD  Y1, Y2, Y2
	VMOVUPD Y2, (DI)
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     times
	VZEROUPPER
	RET

// func hatAVX2(dst, flank, decay, bell *float64, n int, m, o float64)
TEXT ·hatAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ flank+8(FP), R8
	MOVQ decay+16(FP), R9
	MOVQ bell+24(FP), R10
	MOVQ n+32(FP), CX
	VBROADCASTSD m+40(FP), Y0
	VBROADCASTSD o+48(FP), Y1
	XORQ AX, AX

hat:
	VMULPD  (R8)(AX*8), Y0, Y2
	VMULPD  (R9)(AX*8), Y2, Y2
	VMOVUPD (R10)(AX*8), Y3
	VMULPD  Y3, Y2, Y2
	VMULPD  Y3, Y1, Y3
	VADDPD  Y3, Y2, Y2
	VMOVUPD Y2, (DI)(AX*8)
	ADDQ    $4, AX
	SUBQ    $4, CX
	JNZ     hat
	VZEROUPPER
	RET

// func lineAVX2(dst, x *float64, n int, a, b float64)
TEXT ·lineAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD a+24(FP), Y0
	VBROADCASTSD b+32(FP), Y1

line:
	VMULPD  (SI), Y0, Y2
	VADDPD  Y1, Y2, Y2
	VMOVUPD Y2, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     line
	VZEROUPPER
	RET

// func hatResidualAVX2(dst, flank, decay, bell, base, y *float64, n int, m, o float64)
TEXT ·hatResidualAVX2(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DI
	MOVQ flank+8(FP), R8
	MOVQ decay+16(FP), R9
	MOVQ bell+24(FP), R10
	MOVQ base+32(FP), R11
	MOVQ y+40(FP), R12
	MOVQ n+48(FP), CX
	VBROADCASTSD m+56(FP), Y0
	VBROADCASTSD o+64(FP), Y1
	XORQ AX, AX

residual:
	VMULPD  (R8)(AX*8), Y0, Y2
	VMULPD  (R9)(AX*8), Y2, Y2
	VMOVUPD (R10)(AX*8), Y3
	VMULPD  Y3, Y2, Y2
	VMULPD  Y3, Y1, Y3
	VADDPD  Y3, Y2, Y2
	VADDPD  (R11)(AX*8), Y2, Y2
	VSUBPD  (R12)(AX*8), Y2, Y2
	VMOVUPD Y2, (DI)(AX*8)
	ADDQ    $4, AX
	SUBQ    $4, CX
	JNZ     residual
	VZEROUPPER
	RET

// func lineResidualAVX2(dst, x, more, y *float64, n int, a, b float64)
TEXT ·lineResidualAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), R8
	MOVQ more+16(FP), R9
	MOVQ y+24(FP), R10
	MOVQ n+32(FP), CX
	VBROADCASTSD a+40(FP), Y0
	VBROADCASTSD b+48(FP), Y1
	XORQ AX, AX

lines:
	VMULPD  (R8)(AX*8), Y0, Y2
	VADDPD  Y1, Y2, Y2
	VADDPD  (R9)(AX*8), Y2, Y2
	VSUBPD  (R10)(AX*8), Y2, Y2
	VMOVUPD Y2, (DI)(AX*8)
	ADDQ    $4, AX
	SUBQ    $4, CX
	JNZ     lines
	VZEROUPPER
	RET

// func exponentAVX2(dst, x *float64, n int, sign, u, minusA, most float64)
TEXT ·exponentAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD sign+24(FP), Y0
	VBROADCASTSD u+32(FP), Y1
	VBROADCASTSD minusA+40(FP), Y2
	VBROADCASTSD most+48(FP), Y3

exponents:
	VMULPD  (SI), Y0, Y4
	VSUBPD  Y1, Y4, Y4
	VMULPD  Y2, Y4, Y4
	VMINPD  Y3, Y4, Y4
	VMOVUPD Y4, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     exponents
	VZEROUPPER
	RET

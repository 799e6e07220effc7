#include "textflag.h"

// The sum of the lanes of a register, whose upper half is in HI, in the order of dot.
#define LANES(LO, HI, AT) \
	VADDPD    HI, LO, LO      \
	VUNPCKHPD LO, LO, HI      \
	VADDSD    LO, HI, HI      \
	VMOVSD    HI, AT(DI)

// func dots4AVX2(a, x0, x1, x2, x3 *float64, n int, out *[4]float64)
TEXT ·dots4AVX2(SB), NOSPLIT, $0-56
	MOVQ a+0(FP), SI
	MOVQ x0+8(FP), R8
	MOVQ x1+16(FP), R9
	MOVQ x2+24(FP), R10
	MOVQ x3+32(FP), R11
	MOVQ n+40(FP), CX
	MOVQ out+48(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	XORQ AX, AX
	SUBQ $4, CX
	JLT  tail

four:
	VMOVUPD (SI)(AX*8), Y4
	VMULPD  (R8)(AX*8), Y4, Y5
	VMULPD  (R9)(AX*8), Y4, Y6
	VMULPD  (R10)(AX*8), Y4, Y7
	VMULPD  (R11)(AX*8), Y4, Y8
	VADDPD  Y5, Y0, Y0
	VADDPD  Y6, Y1, Y1
	VADDPD  Y7, Y2, Y2
	VADDPD  Y8, Y3, Y3
	ADDQ    $4, AX
	SUBQ    $4, CX
	JGE     four

tail:
	VEXTRACTF128 $1, Y0, X9
	VEXTRACTF128 $1, Y1, X10
	VEXTRACTF128 $1, Y2, X11
	VEXTRACTF128 $1, Y3, X12
	ADDQ $4, CX
	JZ   sum

one:
	VMOVSD (SI)(AX*8), X4
	VMULSD (R8)(AX*8), X4, X5
	VMULSD (R9)(AX*8), X4, X6
	VMULSD (R10)(AX*8), X4, X7
	VMULSD (R11)(AX*8), X4, X8
	VADDSD X5, X0, X0
	VADDSD X6, X1, X1
	VADDSD X7, X2, X2
	VADDSD X8, X3, X3
	INCQ   AX
	DECQ   CX
	JNZ    one

sum:
	LANES(X0, X9, 0)
	LANES(X1, X10, 8)
	LANES(X2, X11, 16)
	LANES(X3, X12, 24)
	VZEROUPPER
	RET

// func addScaledAVX2(dst, x *float64, n int, alpha float64)
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD alpha+24(FP), Y0

	SUBQ $8, CX
	JLT  last

scaled:
	VMULPD  (SI), Y0, Y1
	VMULPD  32(SI), Y0, Y2
	VADDPD  (DI), Y1, Y1
	VADDPD  32(DI), Y2, Y2
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	SUBQ    $8, CX
	JGE     scaled

last:
	ADDQ    $8, CX
	JZ      done
	VMULPD  (SI), Y0, Y1
	VADDPD  (DI), Y1, Y1
	VMOVUPD Y1, (DI)

done:
	VZEROUPPER
	RET

// func quotientsAVX2(c, r *float64, n int, dx float64)
TEXT ·quotientsAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), DI
	MOVQ r+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD dx+24(FP), Y0

quotient:
	VMOVUPD (DI), Y1
	VSUBPD  (SI), Y1, Y1
	VDIVPD  Y0, Y1, Y1
	VMOVUPD Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JNZ     quotient
	VZEROUPPER
	RET

// Sums of the lanes of three registers with the same column of x, stored at OFF, OFF+32 and OFF+64.
#define SUMS(A, XA, B, XB, C, XC, OFF) \
	VEXTRACTF128 $1, A, X15 \
	VADDPD       X15, XA, XA  \
	VHADDPD      XA, XA, XA   \
	VMOVSD       XA, OFF(DI)  \
	VEXTRACTF128 $1, B, X15 \
	VADDPD       X15, XB, XB  \
	VHADDPD      XB, XB, XB   \
	VMOVSD       XB, OFF+32(DI) \
	VEXTRACTF128 $1, C, X15 \
	VADDPD       X15, XC, XC  \
	VHADDPD      XC, XC, XC   \
	VMOVSD       XC, OFF+64(DI)

// func productsAVX2(out *[12]float64, a *[3]*float64, x *[4]*float64, n int)
// n is a positive multiple of 4.
TEXT ·productsAVX2(SB), NOSPLIT, $0-32
	MOVQ out+0(FP), DI
	MOVQ a+8(FP), AX
	MOVQ (AX), R8
	MOVQ 8(AX), R9
	MOVQ 16(AX), R10
	MOVQ x+16(FP), AX
	MOVQ (AX), R11
	MOVQ 8(AX), R12
	MOVQ 16(AX), R13
	MOVQ 24(AX), SI
	MOVQ n+24(FP), CX
	XORQ AX, AX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	VXORPD Y8, Y8, Y8
	VXORPD Y9, Y9, Y9
	VXORPD Y10, Y10, Y10
	VXORPD Y11, Y11, Y11

products:
	VMOVUPD (R8)(AX*8), Y12
	VMOVUPD (R9)(AX*8), Y13
	VMOVUPD (R10)(AX*8), Y14
	VMOVUPD (R11)(AX*8), Y15
	VFMADD231PD Y15, Y12, Y0
	VFMADD231PD Y15, Y13, Y4
	VFMADD231PD Y15, Y14, Y8
	VMOVUPD (R12)(AX*8), Y15
	VFMADD231PD Y15, Y12, Y1
	VFMADD231PD Y15, Y13, Y5
	VFMADD231PD Y15, Y14, Y9
	VMOVUPD (R13)(AX*8), Y15
	VFMADD231PD Y15, Y12, Y2
	VFMADD231PD Y15, Y13, Y6
	VFMADD231PD Y15, Y14, Y10
	VMOVUPD (SI)(AX*8), Y15
	VFMADD231PD Y15, Y12, Y3
	VFMADD231PD Y15, Y13, Y7
	VFMADD231PD Y15, Y14, Y11
	ADDQ $4, AX
	SUBQ $4, CX
	JNZ  products
	SUMS(Y0, X0, Y4, X4, Y8, X8, 0)
	SUMS(Y1, X1, Y5, X5, Y9, X9, 8)
	SUMS(Y2, X2, Y6, X6, Y10, X10, 16)
	SUMS(Y3, X3, Y7, X7, Y11, X11, 24)
	VZEROUPPER
	RET

#include "go_asm.h"
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

// exp of terms.go for four numbers in Y0, changes Y1 … Y4; the table is at BX.
#define EXP \
	VMAXPD       fitTable_least(BX), Y0, Y0     \
	VMOVUPD      fitTable_perLn2(BX), Y1        \
	VFMADD213PD  fitTable_magic(BX), Y0, Y1     \ // n
	VSUBPD       fitTable_magic(BX), Y1, Y2     \ // k
	VFNMADD231PD fitTable_ln2(BX), Y2, Y0       \
	VFNMADD231PD fitTable_ln2Lo(BX), Y2, Y0     \ // r
	VPSLLQ       $52, Y1, Y1                    \
	VMULPD       Y0, Y0, Y2                     \
	VMOVUPD      fitTable_expEven(BX), Y3       \
	VMOVUPD      fitTable_expOdd(BX), Y4        \
	VFMADD213PD  fitTable_expEven+32(BX), Y2, Y3  \
	VFMADD213PD  fitTable_expOdd+32(BX), Y2, Y4   \
	VFMADD213PD  fitTable_expEven+64(BX), Y2, Y3  \
	VFMADD213PD  fitTable_expOdd+64(BX), Y2, Y4   \
	VFMADD213PD  fitTable_expEven+96(BX), Y2, Y3  \
	VFMADD213PD  fitTable_expOdd+96(BX), Y2, Y4   \
	VFMADD213PD  fitTable_expEven+128(BX), Y2, Y3 \
	VFMADD213PD  fitTable_expOdd+128(BX), Y2, Y4  \
	VFMADD213PD  fitTable_expEven+160(BX), Y2, Y3 \
	VFMADD213PD  fitTable_expOdd+160(BX), Y2, Y4  \
	VFMADD213PD  fitTable_expEven+192(BX), Y2, Y3 \
	VFMADD231PD  Y4, Y0, Y3                     \
	VPADDQ       Y1, Y3, Y0

// func richardsColumnsAVX2(shape, da, dNu, du, x *float64, n int, t *fitTable)
TEXT ·richardsColumnsAVX2(SB), NOSPLIT, $0-56
	MOVQ shape+0(FP), DI
	MOVQ da+8(FP), R8
	MOVQ dNu+16(FP), R9
	MOVQ du+24(FP), R10
	MOVQ x+32(FP), SI
	MOVQ n+40(FP), CX
	MOVQ t+48(FP), BX
	XORQ AX, AX

richards:
	VMOVUPD     fitTable_sign(BX), Y5
	VMOVUPD     (SI)(AX*8), Y6
	VFMSUB213PD fitTable_u(BX), Y6, Y5        // z
	VMULPD      fitTable_minusA(BX), Y5, Y6   // q
	VMINPD      fitTable_most(BX), Y6, Y0
	EXP
	VMULPD      fitTable_nu(BX), Y0, Y7       // ν e
	VMOVUPD     fitTable_one(BX), Y15
	VADDPD      Y15, Y7, Y8                   // b
	VDIVPD      Y8, Y15, Y9                   // 1/b
	VSUBPD      Y15, Y8, Y10
	VSUBPD      Y10, Y7, Y7                   // what the rounding of b left out
	VMULPD      Y9, Y0, Y10                   // e/b
	VPADDQ      fitTable_toOne(BX), Y8, Y8
	VPSRLQ      $52, Y8, Y11
	VPOR        fitTable_two52(BX), Y11, Y11
	VSUBPD      fitTable_two52Bias(BX), Y11, Y11 // k
	VPAND       fitTable_mantissa(BX), Y8, Y8
	VPADDQ      fitTable_rootHalf(BX), Y8, Y8
	VSUBPD      Y15, Y8, Y8                   // f
	VADDPD      fitTable_two(BX), Y8, Y12
	VDIVPD      Y12, Y8, Y8                   // s
	VMULPD      Y8, Y8, Y12
	VMULPD      Y12, Y12, Y13                 // s⁴
	VMOVUPD     fitTable_logEven(BX), Y14
	VMOVUPD     fitTable_logOdd(BX), Y1
	VFMADD213PD fitTable_logEven+32(BX), Y13, Y14
	VFMADD213PD fitTable_logOdd+32(BX), Y13, Y1
	VFMADD213PD fitTable_logEven+64(BX), Y13, Y14
	VFMADD213PD fitTable_logOdd+64(BX), Y13, Y1
	VFMADD213PD fitTable_logEven+96(BX), Y13, Y14
	VFMADD213PD fitTable_logOdd+96(BX), Y13, Y1
	VFMADD213PD fitTable_logEven+128(BX), Y13, Y14
	VFMADD213PD fitTable_logOdd+128(BX), Y13, Y1
	VFMADD213PD Y14, Y12, Y1
	VMULPD      Y8, Y1, Y1
	VFMADD231PD fitTable_ln2(BX), Y11, Y1
	VFMADD213PD Y1, Y9, Y7                    // l
	VMULPD      fitTable_minusInverse(BX), Y7, Y0
	EXP                                       // R
	VMULPD      Y10, Y0, Y10                  // w
	VMULPD      Y7, Y0, Y7                    // R l
	VSUBPD      Y15, Y0, Y0
	VADDPD      (DI)(AX*8), Y0, Y0
	VMOVUPD     Y0, (DI)(AX*8)
	VMULPD      fitTable_minusInverse(BX), Y10, Y1
	VFMADD231PD fitTable_inverse2(BX), Y7, Y1
	VMOVUPD     fitTable_amplitude(BX), Y2
	VFMADD213PD (R9)(AX*8), Y2, Y1
	VMOVUPD     Y1, (R9)(AX*8)
	VCMPPD      $2, fitTable_most(BX), Y6, Y6 // q <= 500
	VANDPD      Y6, Y10, Y10
	VMULPD      Y5, Y10, Y5
	VFMADD213PD (R8)(AX*8), Y2, Y5
	VMOVUPD     Y5, (R8)(AX*8)
	VMOVUPD     (R10)(AX*8), Y3
	VFMADD231PD fitTable_slope(BX), Y10, Y3
	VMOVUPD     Y3, (R10)(AX*8)
	ADDQ        $4, AX
	SUBQ        $4, CX
	JNZ         richards
	VZEROUPPER
	RET

// func hatColumnsAVX2(columns *[6]*float64, x, base, y, r *float64, n int, t *fitTable)
TEXT ·hatColumnsAVX2(SB), NOSPLIT, $0-56
	MOVQ columns+0(FP), DX
	MOVQ (DX), DI    // M
	MOVQ 8(DX), R8   // τ
	MOVQ 16(DX), R9  // w
	MOVQ 24(DX), R10 // μ
	MOVQ 32(DX), R11 // s
	MOVQ 40(DX), R12 // o
	MOVQ x+8(FP), SI
	MOVQ base+16(FP), R13
	MOVQ y+24(FP), DX
	MOVQ r+32(FP), CX
	MOVQ t+48(FP), BX
	XORQ AX, AX

hatcolumns:
	VMOVUPD      (SI)(AX*8), Y5
	VSUBPD       fitTable_mu(BX), Y5, Y5       // z
	VMULPD       Y5, Y5, Y6                    // z²
	VMULPD       fitTable_tau2(BX), Y6, Y0
	EXP
	VMOVAPD      Y0, Y7                        // d
	VMULPD       fitTable_s2(BX), Y6, Y0
	EXP
	VMULPD       fitTable_top(BX), Y0, Y8      // g
	VMOVUPD      Y8, (R12)(AX*8)
	VMOVUPD      fitTable_one(BX), Y9
	VFNMADD231PD fitTable_w2(BX), Y6, Y9       // f
	VMULPD       Y8, Y7, Y7                    // d g
	VMULPD       Y7, Y9, Y10                   // f d g
	VMOVUPD      Y10, (DI)(AX*8)
	VMULPD       fitTable_offset(BX), Y8, Y11  // o g
	VMOVAPD      Y11, Y12
	VFMADD231PD  fitTable_height(BX), Y10, Y12 // h
	VADDPD       (R13)(AX*8), Y12, Y13
	VSUBPD       (DX)(AX*8), Y13, Y13
	VMOVUPD      Y13, (CX)(AX*8)
	VMULPD       Y6, Y10, Y10
	VMULPD       fitTable_tau3(BX), Y10, Y10
	VMOVUPD      Y10, (R8)(AX*8)
	VMULPD       Y6, Y7, Y10
	VMULPD       fitTable_w3(BX), Y10, Y10
	VMOVUPD      Y10, (R9)(AX*8)
	VMULPD       Y6, Y12, Y12
	VMULPD       fitTable_s3(BX), Y12, Y12
	VMOVUPD      Y12, (R11)(AX*8)
	VMULPD       fitTable_height(BX), Y7, Y7
	VMOVUPD      fitTable_both(BX), Y10
	VFMADD213PD  fitTable_twoW2(BX), Y9, Y10
	VMULPD       fitTable_inverseS2(BX), Y11, Y11
	VFMADD231PD  Y10, Y7, Y11
	VMULPD       Y11, Y5, Y5
	VMOVUPD      Y5, (R10)(AX*8)
	ADDQ         $4, AX
	CMPQ         AX, n+40(FP)
	JNE          hatcolumns
	VZEROUPPER
	RET

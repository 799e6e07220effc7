#include "go_asm.h"
#include "textflag.h"

// The operations and their order are those of the plain functions in vector.go; nothing is fused.

// A loop over n vectors: dst from those at x and y, which move by stepX and stepY bytes.
#define BINARY(OPERATION) \
	MOVQ    dst+0(FP), DI    \
	MOVQ    x+8(FP), R8      \
	MOVQ    y+16(FP), R9     \
	MOVQ    n+24(FP), CX     \
	MOVQ    stepX+32(FP), R10 \
	MOVQ    stepY+40(FP), R11 \
loop:                        \
	VMOVUPS (R8), Y0         \
	OPERATION                \
	VMOVUPS Y0, (DI)         \
	ADDQ    R10, R8          \
	ADDQ    R11, R9          \
	ADDQ    $32, DI          \
	DECQ    CX               \
	JNZ     loop             \
	VZEROUPPER               \
	RET

#define ADD \
	VADDPS (R9), Y0, Y0

#define SUB \
	VSUBPS (R9), Y0, Y0

#define MUL \
	VMULPS (R9), Y0, Y0

#define DIV \
	VDIVPS (R9), Y0, Y0

#define MAX \
	VMAXPS (R9), Y0, Y0

#define MIN \
	VMINPS (R9), Y0, Y0

#define GREATEROREQUAL \
	VCMPPS $13, (R9), Y0, Y0 \
	VANDPS Y15, Y0, Y0

#define LESSTHAN \
	VCMPPS $1, (R9), Y0, Y0 \
	VANDPS Y15, Y0, Y0

// e^Y0 in Y0; changes Y1 … Y3.
#define EXP \
	VMULPS    constants_log2e(BX), Y0, Y1   \
	VROUNDPS  $0, Y1, Y1                    \ // k
	VMULPS    constants_ln2High(BX), Y1, Y2 \
	VSUBPS    Y2, Y0, Y2                    \
	VMULPS    constants_ln2Low(BX), Y1, Y3  \
	VSUBPS    Y3, Y2, Y2                    \ // r
	VMOVUPS   constants_expSeries(BX), Y3   \
	EXPTERM(32)                             \
	EXPTERM(64)                             \
	EXPTERM(96)                             \
	EXPTERM(128)                            \
	EXPTERM(160)                            \
	EXPTERM(192)                            \
	EXPTERM(224)                            \
	VCVTPS2DQ Y1, Y1                        \
	VPADDD    constants_bias(BX), Y1, Y1    \
	VPSLLD    $23, Y1, Y1                   \
	VMULPS    Y1, Y3, Y3                    \
	VCMPPS    $2, constants_least(BX), Y0, Y1 \
	VANDNPS   Y3, Y1, Y3                    \
	VCMPPS    $14, constants_most(BX), Y0, Y1 \
	VBLENDVPS Y1, constants_infinity(BX), Y3, Y0

#define EXPTERM(OFF) \
	VMULPS Y2, Y3, Y3 \
	VADDPS constants_expSeries+OFF(BX), Y3, Y3

// log Y0, plus Y7, in Y0; changes Y1 … Y6.
#define LOG \
	VPSRLD    $23, Y0, Y1                   \
	VPSUBD    constants_logBias(BX), Y1, Y1 \
	VCVTDQ2PS Y1, Y1                        \ // k
	VANDPS    constants_mantissa(BX), Y0, Y2 \
	VORPS     constants_half(BX), Y2, Y2    \ // m
	VCMPPS    $2, constants_halfSqrt2(BX), Y2, Y3 \
	VANDPS    constants_one(BX), Y3, Y4     \
	VSUBPS    Y4, Y1, Y1                    \
	VANDPS    Y2, Y3, Y4                    \
	VADDPS    Y4, Y2, Y2                    \
	VSUBPS    constants_one(BX), Y2, Y2     \ // f
	VADDPS    constants_two(BX), Y2, Y3     \
	VDIVPS    Y3, Y2, Y3                    \ // s
	VMULPS    Y3, Y3, Y4                    \ // z
	VMOVUPS   constants_logSeries(BX), Y5   \
	LOGTERM(32)                             \
	LOGTERM(64)                             \
	LOGTERM(96)                             \
	VMULPS    Y4, Y5, Y5                    \ // R
	VMULPS    constants_half(BX), Y2, Y6    \
	VMULPS    Y2, Y6, Y6                    \ // f²/2
	VADDPS    Y5, Y6, Y5                    \
	VMULPS    Y5, Y3, Y5                    \
	VMULPS    constants_ln2Low(BX), Y1, Y4  \
	VADDPS    Y7, Y4, Y4                    \
	VADDPS    Y4, Y5, Y5                    \
	VSUBPS    Y5, Y6, Y6                    \
	VSUBPS    Y2, Y6, Y6                    \
	VMULPS    constants_ln2High(BX), Y1, Y1 \
	VSUBPS    Y6, Y1, Y0

#define LOGTERM(OFF) \
	VMULPS Y4, Y5, Y5 \
	VADDPS constants_logSeries+OFF(BX), Y5, Y5

// A loop over n vectors of x at dst.
#define UNARY(OPERATION) \
	MOVQ    dst+0(FP), DI \
	MOVQ    x+8(FP), SI   \
	MOVQ    n+16(FP), CX  \
	MOVQ    t+24(FP), BX  \
loop:                     \
	VMOVUPS (SI), Y0      \
	OPERATION             \
	VMOVUPS Y0, (DI)      \
	ADDQ    $32, SI       \
	ADDQ    $32, DI       \
	DECQ    CX            \
	JNZ     loop          \
	VZEROUPPER            \
	RET

#define LOGISTIC \
	VXORPS  constants_sign(BX), Y0, Y0 \
	EXP                                \
	VMOVUPS constants_one(BX), Y1      \
	VADDPS  Y1, Y0, Y0                 \
	VDIVPS  Y0, Y1, Y0

#define LOG1P \
	VMOVAPS Y0, Y8                     \
	VADDPS  constants_one(BX), Y0, Y0  \
	VSUBPS  constants_one(BX), Y0, Y7  \
	VSUBPS  Y7, Y8, Y7                 \
	VDIVPS  Y0, Y7, Y7                 \
	LOG

#define LOGOF \
	VMOVAPS   Y0, Y8                          \
	VXORPS    Y7, Y7, Y7                      \
	LOG                                       \
	VCMPPS    $1, constants_normal(BX), Y8, Y1 \
	VBLENDVPS Y1, constants_minusInfinity(BX), Y0, Y0 \
	VXORPS    Y2, Y2, Y2                      \
	VCMPPS    $1, Y2, Y8, Y1                  \
	VORPS     Y1, Y0, Y0                      \
	VCMPPS    $5, constants_infinity(BX), Y8, Y1 \
	VBLENDVPS Y1, Y8, Y0, Y0

#define ABS \
	VANDPS constants_magnitude(BX), Y0, Y0

#define SQRT \
	VSQRTPS Y0, Y0

// func addAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·addAVX2(SB), NOSPLIT, $0-48
	BINARY(ADD)

// func subAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·subAVX2(SB), NOSPLIT, $0-48
	BINARY(SUB)

// func mulAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·mulAVX2(SB), NOSPLIT, $0-48
	BINARY(MUL)

// func divAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·divAVX2(SB), NOSPLIT, $0-48
	BINARY(DIV)

// func maxAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·maxAVX2(SB), NOSPLIT, $0-48
	BINARY(MAX)

// func minAVX2(dst, x, y *float32, n, stepX, stepY int)
TEXT ·minAVX2(SB), NOSPLIT, $0-48
	BINARY(MIN)

// func greaterOrEqualAVX2(dst, x, y *float32, n, stepX, stepY int, one *float32)
TEXT ·greaterOrEqualAVX2(SB), NOSPLIT, $0-56
	MOVQ         one+48(FP), R12
	VBROADCASTSS (R12), Y15
	BINARY(GREATEROREQUAL)

// func lessThanAVX2(dst, x, y *float32, n, stepX, stepY int, one *float32)
TEXT ·lessThanAVX2(SB), NOSPLIT, $0-56
	MOVQ         one+48(FP), R12
	VBROADCASTSS (R12), Y15
	BINARY(LESSTHAN)

// func expAVX2(dst, x *float32, n int, t *constants)
TEXT ·expAVX2(SB), NOSPLIT, $0-32
	UNARY(EXP)

// func logisticAVX2(dst, x *float32, n int, t *constants)
TEXT ·logisticAVX2(SB), NOSPLIT, $0-32
	UNARY(LOGISTIC)

// func logAVX2(dst, x *float32, n int, t *constants)
TEXT ·logAVX2(SB), NOSPLIT, $0-32
	UNARY(LOGOF)

// func log1pAVX2(dst, x *float32, n int, t *constants)
TEXT ·log1pAVX2(SB), NOSPLIT, $0-32
	UNARY(LOG1P)

// func absAVX2(dst, x *float32, n int, t *constants)
TEXT ·absAVX2(SB), NOSPLIT, $0-32
	UNARY(ABS)

// func sqrtAVX2(dst, x *float32, n int, t *constants)
TEXT ·sqrtAVX2(SB), NOSPLIT, $0-32
	UNARY(SQRT)

// Four rows of a product: a has inner numbers a row, b and dst columns; vectors is columns/8.
// func fourRowsAVX2(dst, a, b *float32, inner, columns, vectors int)
TEXT ·fourRowsAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ b+16(FP), R8
	MOVQ inner+24(FP), R9
	MOVQ columns+32(FP), R10
	MOVQ vectors+40(FP), R11
	SHLQ $2, R9
	SHLQ $2, R10
	LEAQ (R9)(R9*2), R13

two:
	CMPQ R11, $2
	JLT  one
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ inner+24(FP), CX

twoLoop:
	VMOVUPS (DX), Y8
	VMOVUPS 32(DX), Y9
	VBROADCASTSS (AX), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y0, Y0
	VMULPS Y9, Y10, Y12
	VADDPS Y12, Y1, Y1
	VBROADCASTSS (AX)(R9*1), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y2, Y2
	VMULPS Y9, Y10, Y12
	VADDPS Y12, Y3, Y3
	VBROADCASTSS (AX)(R9*2), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y4, Y4
	VMULPS Y9, Y10, Y12
	VADDPS Y12, Y5, Y5
	VBROADCASTSS (AX)(R13*1), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y6, Y6
	VMULPS Y9, Y10, Y12
	VADDPS Y12, Y7, Y7
	ADDQ $4, AX
	ADDQ R10, DX
	DECQ CX
	JNZ  twoLoop
	MOVQ DI, AX
	VMOVUPS Y0, (AX)
	VMOVUPS Y1, 32(AX)
	ADDQ R10, AX
	VMOVUPS Y2, (AX)
	VMOVUPS Y3, 32(AX)
	ADDQ R10, AX
	VMOVUPS Y4, (AX)
	VMOVUPS Y5, 32(AX)
	ADDQ R10, AX
	VMOVUPS Y6, (AX)
	VMOVUPS Y7, 32(AX)
	ADDQ $64, DI
	ADDQ $64, R8
	SUBQ $2, R11
	JMP  two

one:
	TESTQ R11, R11
	JZ    done
	VXORPS Y0, Y0, Y0
	VXORPS Y2, Y2, Y2
	VXORPS Y4, Y4, Y4
	VXORPS Y6, Y6, Y6
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ inner+24(FP), CX

oneLoop:
	VMOVUPS (DX), Y8
	VBROADCASTSS (AX), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y0, Y0
	VBROADCASTSS (AX)(R9*1), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y2, Y2
	VBROADCASTSS (AX)(R9*2), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y4, Y4
	VBROADCASTSS (AX)(R13*1), Y10
	VMULPS Y8, Y10, Y11
	VADDPS Y11, Y6, Y6
	ADDQ $4, AX
	ADDQ R10, DX
	DECQ CX
	JNZ  oneLoop
	MOVQ DI, AX
	VMOVUPS Y0, (AX)
	ADDQ R10, AX
	VMOVUPS Y2, (AX)
	ADDQ R10, AX
	VMOVUPS Y4, (AX)
	ADDQ R10, AX
	VMOVUPS Y6, (AX)

done:
	VZEROUPPER
	RET

// One row of a product, see fourRowsAVX2.
// func oneRowAVX2(dst, a, b *float32, inner, columns, vectors int)
TEXT ·oneRowAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ b+16(FP), R8
	MOVQ columns+32(FP), R10
	MOVQ vectors+40(FP), R11
	SHLQ $2, R10

four:
	CMPQ R11, $4
	JLT  one
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ inner+24(FP), CX

fourLoop:
	VBROADCASTSS (AX), Y10
	VMULPS (DX), Y10, Y4
	VADDPS Y4, Y0, Y0
	VMULPS 32(DX), Y10, Y5
	VADDPS Y5, Y1, Y1
	VMULPS 64(DX), Y10, Y6
	VADDPS Y6, Y2, Y2
	VMULPS 96(DX), Y10, Y7
	VADDPS Y7, Y3, Y3
	ADDQ $4, AX
	ADDQ R10, DX
	DECQ CX
	JNZ  fourLoop
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $128, DI
	ADDQ $128, R8
	SUBQ $4, R11
	JMP  four

one:
	TESTQ R11, R11
	JZ    done
	VXORPS Y0, Y0, Y0
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ inner+24(FP), CX

oneLoop:
	VBROADCASTSS (AX), Y10
	VMULPS (DX), Y10, Y4
	VADDPS Y4, Y0, Y0
	ADDQ $4, AX
	ADDQ R10, DX
	DECQ CX
	JNZ  oneLoop
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $32, R8
	DECQ R11
	JMP  one

done:
	VZEROUPPER
	RET

// The sums of the products of a with every row of b, n vectors each, rows of inner numbers.
// func dotsAVX2(dst, a, b *float32, n, inner, rows int)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ b+16(FP), R8
	MOVQ inner+32(FP), R9
	MOVQ rows+40(FP), R11
	SHLQ $2, R9
	LEAQ (R9)(R9*2), R13

four:
	CMPQ R11, $4
	JLT  one
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ n+24(FP), CX

fourLoop:
	VMOVUPS (AX), Y8
	VMULPS (DX), Y8, Y4
	VADDPS Y4, Y0, Y0
	VMULPS (DX)(R9*1), Y8, Y5
	VADDPS Y5, Y1, Y1
	VMULPS (DX)(R9*2), Y8, Y6
	VADDPS Y6, Y2, Y2
	VMULPS (DX)(R13*1), Y8, Y7
	VADDPS Y7, Y3, Y3
	ADDQ $32, AX
	ADDQ $32, DX
	DECQ CX
	JNZ  fourLoop
	VHADDPS Y1, Y0, Y0
	VHADDPS Y3, Y2, Y2
	VHADDPS Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVUPS X0, (DI)
	ADDQ $16, DI
	LEAQ (R8)(R9*4), R8
	SUBQ $4, R11
	JMP  four

one:
	TESTQ R11, R11
	JZ    done
	VXORPS Y0, Y0, Y0
	MOVQ a+8(FP), AX
	MOVQ R8, DX
	MOVQ n+24(FP), CX

oneLoop:
	VMOVUPS (AX), Y8
	VMULPS (DX), Y8, Y4
	VADDPS Y4, Y0, Y0
	ADDQ $32, AX
	ADDQ $32, DX
	DECQ CX
	JNZ  oneLoop
	VHADDPS Y0, Y0, Y0
	VHADDPS Y0, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVSS X0, (DI)
	ADDQ $4, DI
	ADDQ R9, R8
	DECQ R11
	JMP  one

done:
	VZEROUPPER
	RET

#include "go_asm.h"
#include "textflag.h"

// The operations and their order are those of the plain functions in lanes.go. Rows have 16
// lanes, four vectors; the constants are at BX, each four times. Macros take and give Y0 and
// change Y1 … Y7.

// e^Y0, Y0 not positive or NaN.
#define EXP \
	VMULPD       constants_log2e(BX), Y0, Y1       \
	VCVTPD2DQY   Y1, X2                            \
	VCVTDQ2PD    X2, Y1                            \
	VMOVAPD      Y0, Y3                            \
	VMOVUPD      constants_ln2Upper(BX), Y4        \
	VFNMADD231PD Y4, Y1, Y3                        \
	VMOVUPD      constants_ln2Lower(BX), Y4        \
	VFNMADD231PD Y4, Y1, Y3                        \
	VMULPD       constants_sixteenth(BX), Y3, Y3   \
	VMOVUPD      constants_expSeries(BX), Y1       \
	VFMADD213PD  constants_expSeries+32(BX), Y3, Y1  \
	VFMADD213PD  constants_expSeries+64(BX), Y3, Y1  \
	VFMADD213PD  constants_expSeries+96(BX), Y3, Y1  \
	VFMADD213PD  constants_expSeries+128(BX), Y3, Y1 \
	VFMADD213PD  constants_expSeries+160(BX), Y3, Y1 \
	VFMADD213PD  constants_half(BX), Y3, Y1        \
	VFMADD213PD  constants_one(BX), Y3, Y1         \
	VMULPD       Y1, Y3, Y3                        \
	VMOVUPD      constants_two(BX), Y4             \
	VADDPD       Y4, Y3, Y1                        \
	VMULPD       Y1, Y3, Y3                        \
	VADDPD       Y4, Y3, Y1                        \
	VMULPD       Y1, Y3, Y3                        \
	VADDPD       Y4, Y3, Y1                        \
	VMULPD       Y1, Y3, Y3                        \
	VADDPD       Y4, Y3, Y1                        \
	VFMADD213PD  constants_one(BX), Y1, Y3         \
	VPMOVSXDQ    X2, Y2                            \
	VPADDQ       constants_bias(BX), Y2, Y2        \
	VPSLLQ       $52, Y2, Y2                       \
	VMULPD       Y2, Y3, Y3                        \
	VCMPPD       $2, constants_least(BX), Y0, Y1   \
	VANDNPD      Y3, Y1, Y0

// EXP of Y0 and of Y5, step by step for both: one's steps wait for each other. Changes Y1 … Y8.
#define EXPS \
	VMOVUPD      constants_log2e(BX), Y4 \
	VMULPD       Y4, Y0, Y1 \
	VMULPD       Y4, Y5, Y6 \
	VCVTPD2DQY   Y1, X2 \
	VCVTPD2DQY   Y6, X7 \
	VCVTDQ2PD    X2, Y1 \
	VCVTDQ2PD    X7, Y6 \
	VMOVAPD      Y0, Y3 \
	VMOVAPD      Y5, Y8 \
	VMOVUPD      constants_ln2Upper(BX), Y4 \
	VFNMADD231PD Y4, Y1, Y3 \
	VFNMADD231PD Y4, Y6, Y8 \
	VMOVUPD      constants_ln2Lower(BX), Y4 \
	VFNMADD231PD Y4, Y1, Y3 \
	VFNMADD231PD Y4, Y6, Y8 \
	VMOVUPD      constants_sixteenth(BX), Y4 \
	VMULPD       Y4, Y3, Y3 \
	VMULPD       Y4, Y8, Y8 \
	VMOVUPD      constants_expSeries(BX), Y1 \
	VMOVUPD      constants_expSeries(BX), Y6 \
	VMOVUPD      constants_expSeries+32(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_expSeries+64(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_expSeries+96(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_expSeries+128(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_expSeries+160(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_half(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMOVUPD      constants_one(BX), Y4 \
	VFMADD213PD  Y4, Y3, Y1 \
	VFMADD213PD  Y4, Y8, Y6 \
	VMULPD       Y1, Y3, Y3 \
	VMULPD       Y6, Y8, Y8 \
	VMOVUPD      constants_two(BX), Y4 \
	VADDPD       Y4, Y3, Y1 \
	VADDPD       Y4, Y8, Y6 \
	VMULPD       Y1, Y3, Y3 \
	VMULPD       Y6, Y8, Y8 \
	VADDPD       Y4, Y3, Y1 \
	VADDPD       Y4, Y8, Y6 \
	VMULPD       Y1, Y3, Y3 \
	VMULPD       Y6, Y8, Y8 \
	VADDPD       Y4, Y3, Y1 \
	VADDPD       Y4, Y8, Y6 \
	VMULPD       Y1, Y3, Y3 \
	VMULPD       Y6, Y8, Y8 \
	VADDPD       Y4, Y3, Y1 \
	VADDPD       Y4, Y8, Y6 \
	VMOVUPD      constants_one(BX), Y4 \
	VFMADD213PD  Y4, Y1, Y3 \
	VFMADD213PD  Y4, Y6, Y8 \
	VPMOVSXDQ    X2, Y2 \
	VPMOVSXDQ    X7, Y7 \
	VPADDQ       constants_bias(BX), Y2, Y2 \
	VPADDQ       constants_bias(BX), Y7, Y7 \
	VPSLLQ       $52, Y2, Y2 \
	VPSLLQ       $52, Y7, Y7 \
	VMULPD       Y2, Y3, Y3 \
	VMULPD       Y7, Y8, Y8 \
	VMOVUPD      constants_least(BX), Y4 \
	VCMPPD       $2, Y4, Y0, Y1 \
	VCMPPD       $2, Y4, Y5, Y6 \
	VANDNPD      Y3, Y1, Y0 \
	VANDNPD      Y8, Y6, Y5

// One coefficient of a series without fused operations: S = c + Z S.
#define TERM(OFF, Z, S) \
	VMULPD Z, S, S                  \
	VADDPD constants_series+OFF(BX), S, S

// log(1 + Y0), Y0 from 0 to 1 or NaN.
#define LOG1P \
	VMOVUPD   constants_one(BX), Y7       \
	VADDPD    Y7, Y0, Y1                  \ // u
	VSUBPD    Y7, Y1, Y2                  \
	VSUBPD    Y2, Y0, Y2                  \
	VSUBPD    Y0, Y1, Y3                  \
	VSUBPD    Y3, Y7, Y3                  \
	VCMPPD    $13, constants_two(BX), Y1, Y5 \
	VBLENDVPD Y5, Y3, Y2, Y2              \
	VDIVPD    Y1, Y2, Y2                  \ // c
	VMULPD    constants_half(BX), Y1, Y1  \
	VSUBPD    Y7, Y1, Y1                  \
	VCMPPD    $13, constants_sqrt2M1(BX), Y0, Y5 \
	VBLENDVPD Y5, Y1, Y0, Y1              \ // f
	VMULPD    constants_half(BX), Y1, Y3  \
	VMULPD    Y1, Y3, Y3                  \ // f²/2
	VADDPD    constants_two(BX), Y1, Y4   \
	VDIVPD    Y4, Y1, Y4                  \ // s
	VMULPD    Y4, Y4, Y6                  \ // z
	VMOVUPD   constants_series+192(BX), Y7 \
	TERM(160, Y6, Y7)                     \
	TERM(128, Y6, Y7)                     \
	TERM(96, Y6, Y7)                      \
	TERM(64, Y6, Y7)                      \
	TERM(32, Y6, Y7)                      \
	TERM(0, Y6, Y7)                       \
	VMULPD    Y6, Y7, Y7                  \
	VADDPD    Y3, Y7, Y7                  \
	VMULPD    Y4, Y7, Y7                  \ // s (f²/2 + R)
	VADDPD    constants_ln2Lo(BX), Y2, Y2 \
	VADDPD    Y2, Y7, Y2                  \
	VSUBPD    Y2, Y3, Y2                  \
	VSUBPD    Y1, Y2, Y2                  \
	VMOVUPD   constants_ln2Hi(BX), Y4     \
	VSUBPD    Y2, Y4, Y2                  \
	VSUBPD    Y7, Y3, Y7                  \
	VSUBPD    Y7, Y1, Y7                  \
	VBLENDVPD Y5, Y2, Y7, Y7              \
	VMULPD    Y0, Y0, Y2                  \
	VMULPD    constants_half(BX), Y2, Y2  \
	VSUBPD    Y2, Y0, Y2                  \
	VCMPPD    $1, constants_small(BX), Y0, Y5 \
	VBLENDVPD Y5, Y2, Y7, Y0

// log(1 + e^Y0); changes Y8 too.
#define SOFTPLUS \
	VMOVAPD Y0, Y8                     \
	VORPD   constants_sign(BX), Y0, Y0 \
	EXP                                \
	LOG1P                              \
	VXORPD  Y1, Y1, Y1                 \
	VMAXPD  Y1, Y8, Y8                 \
	VADDPD  Y0, Y8, Y0

// log Y0, Y0 positive and normal, +Inf or NaN.
#define LOG \
	VPSRLQ    $52, Y0, Y1                 \
	VORPD     constants_two52(BX), Y1, Y1 \
	VSUBPD    constants_two52Bias(BX), Y1, Y1 \ // k
	VANDPD    constants_mantissa(BX), Y0, Y2  \
	VORPD     constants_half(BX), Y2, Y2      \
	VCMPPD    $2, constants_halfSqrt2(BX), Y2, Y3 \
	VANDPD    constants_one(BX), Y3, Y3   \
	VSUBPD    Y3, Y1, Y1                  \
	VADDPD    constants_one(BX), Y3, Y3   \
	VMULPD    Y3, Y2, Y2                  \
	VSUBPD    constants_one(BX), Y2, Y2   \ // f
	VADDPD    constants_two(BX), Y2, Y3   \
	VDIVPD    Y3, Y2, Y3                  \ // s
	VMULPD    Y3, Y3, Y4                  \
	VMULPD    Y4, Y4, Y5                  \ // s⁴
	VMOVUPD   constants_series+192(BX), Y6 \
	TERM(128, Y5, Y6)                     \
	TERM(64, Y5, Y6)                      \
	TERM(0, Y5, Y6)                       \
	VMULPD    Y6, Y4, Y4                  \
	VMOVUPD   constants_series+160(BX), Y6 \
	TERM(96, Y5, Y6)                      \
	TERM(32, Y5, Y6)                      \
	VMULPD    Y6, Y5, Y5                  \
	VADDPD    Y5, Y4, Y4                  \ // R
	VMULPD    constants_half(BX), Y2, Y5  \
	VMULPD    Y2, Y5, Y5                  \ // f²/2
	VADDPD    Y5, Y4, Y4                  \
	VMULPD    Y4, Y3, Y3                  \
	VMULPD    constants_ln2Lo(BX), Y1, Y4 \
	VADDPD    Y4, Y3, Y3                  \
	VSUBPD    Y3, Y5, Y5                  \
	VSUBPD    Y2, Y5, Y5                  \
	VMULPD    constants_ln2Hi(BX), Y1, Y1 \
	VSUBPD    Y5, Y1, Y1                  \
	VCMPPD    $5, constants_infinity(BX), Y0, Y2 \
	VBLENDVPD Y2, Y0, Y1, Y0

// func softplusAVX2(x *row, t *constants)
TEXT ·softplusAVX2(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), SI
	MOVQ t+8(FP), BX
	MOVQ $4, CX

softplusLoop:
	VMOVUPD (SI), Y0
	SOFTPLUS
	VMOVUPD Y0, (SI)
	ADDQ    $32, SI
	DECQ    CX
	JNZ     softplusLoop
	VZEROUPPER
	RET

// func logAVX2(x *row, t *constants)
TEXT ·logAVX2(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), SI
	MOVQ t+8(FP), BX
	MOVQ $4, CX

logLoop:
	VMOVUPD (SI), Y0
	LOG
	VMOVUPD Y0, (SI)
	ADDQ    $32, SI
	DECQ    CX
	JNZ     logLoop
	VZEROUPPER
	RET

// One vector of the lanes of two rows: A and B gain w x.
#define TWICE(OFF, A, B) \
	VMOVUPD OFF(SI), Y10  \
	VMULPD  Y10, Y8, Y11  \
	VMULPD  Y10, Y9, Y12  \
	VADDPD  Y11, A, A     \
	VADDPD  Y12, B, B

// func productAVX2(dst *row, bias, w *float64, x *row, rows, n int)
TEXT ·productAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ bias+8(FP), AX
	MOVQ w+16(FP), R8
	MOVQ x+24(FP), R11
	MOVQ rows+32(FP), R12
	MOVQ n+40(FP), R13
	LEAQ (R13*8), R10

pair:
	CMPQ         R12, $2
	JLT          single
	TESTQ        AX, AX
	JZ           pairAdd
	VBROADCASTSD (AX), Y0
	VMOVAPD      Y0, Y1
	VMOVAPD      Y0, Y2
	VMOVAPD      Y0, Y3
	VBROADCASTSD 8(AX), Y4
	VMOVAPD      Y4, Y5
	VMOVAPD      Y4, Y6
	VMOVAPD      Y4, Y7
	ADDQ         $16, AX
	JMP          pairStart

pairAdd:
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	VMOVUPD 128(DI), Y4
	VMOVUPD 160(DI), Y5
	VMOVUPD 192(DI), Y6
	VMOVUPD 224(DI), Y7

pairStart:
	LEAQ  (R8)(R10*1), R9
	MOVQ  R11, SI
	XORQ  DX, DX
	TESTQ R13, R13
	JZ    pairStore

pairLoop:
	VBROADCASTSD (R8)(DX*8), Y8
	VBROADCASTSD (R9)(DX*8), Y9
	TWICE(0, Y0, Y4)
	TWICE(32, Y1, Y5)
	TWICE(64, Y2, Y6)
	TWICE(96, Y3, Y7)
	ADDQ         $128, SI
	INCQ         DX
	CMPQ         DX, R13
	JLT          pairLoop

pairStore:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	VMOVUPD Y6, 192(DI)
	VMOVUPD Y7, 224(DI)
	ADDQ    $256, DI
	LEAQ    (R8)(R10*2), R8
	SUBQ    $2, R12
	JMP     pair

single:
	TESTQ        R12, R12
	JZ           done
	TESTQ        AX, AX
	JZ           singleAdd
	VBROADCASTSD (AX), Y0
	VMOVAPD      Y0, Y1
	VMOVAPD      Y0, Y2
	VMOVAPD      Y0, Y3
	JMP          singleStart

singleAdd:
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3

singleStart:
	XORQ  DX, DX
	TESTQ R13, R13
	JZ    singleStore

singleLoop:
	VBROADCASTSD (R8)(DX*8), Y8
	VMULPD       (R11), Y8, Y10
	VADDPD       Y10, Y0, Y0
	VMULPD       32(R11), Y8, Y11
	VADDPD       Y11, Y1, Y1
	VMULPD       64(R11), Y8, Y12
	VADDPD       Y12, Y2, Y2
	VMULPD       96(R11), Y8, Y13
	VADDPD       Y13, Y3, Y3
	ADDQ         $128, R11
	INCQ         DX
	CMPQ         DX, R13
	JLT          singleLoop

singleStore:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)

done:
	VZEROUPPER
	RET

// func knotsAVX2(dst, p *row, bins int, temper, share float64, t *constants)
TEXT ·knotsAVX2(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         p+8(FP), SI
	VBROADCASTSD temper+24(FP), Y15
	VBROADCASTSD share+32(FP), Y14
	MOVQ         t+40(FP), BX
	MOVQ         $4, R8

knotsVector:
	MOVQ    bins+16(FP), CX
	MOVQ    SI, R9
	VMULPD  (R9), Y15, Y13

knotsMost:
	VMULPD  (R9), Y15, Y0
	VMAXPD  Y0, Y13, Y13
	ADDQ    $128, R9
	DECQ    CX
	JNZ     knotsMost
	MOVQ    bins+16(FP), CX
	MOVQ    SI, R9
	MOVQ    DI, R10
	VXORPD  Y12, Y12, Y12           // sum

knotsExps:
	CMPQ    CX, $2
	JLT     knotsExp
	VMULPD  (R9), Y15, Y0
	VSUBPD  Y13, Y0, Y0
	VMULPD  128(R9), Y15, Y5
	VSUBPD  Y13, Y5, Y5
	EXPS
	VADDPD  Y0, Y12, Y12
	VADDPD  Y5, Y12, Y12
	VMOVUPD Y0, 128(R10)
	VMOVUPD Y5, 256(R10)
	ADDQ    $256, R9
	ADDQ    $256, R10
	SUBQ    $2, CX
	JMP     knotsExps

knotsExp:
	TESTQ   CX, CX
	JZ      knotsPlace
	VMULPD  (R9), Y15, Y0
	VSUBPD  Y13, Y0, Y0
	EXP
	VADDPD  Y0, Y12, Y12
	VMOVUPD Y0, 128(R10)

knotsPlace:
	MOVQ    bins+16(FP), CX
	MOVQ    DI, R10
	VMOVUPD constants_minusTail(BX), Y1
	VMOVUPD constants_twoTails(BX), Y2
	VMOVUPD constants_smallest(BX), Y3
	VMOVUPD Y1, (R10)

knotsSum:
	VMULPD  128(R10), Y14, Y0
	VDIVPD  Y12, Y0, Y0
	VADDPD  Y3, Y0, Y0
	VMULPD  Y2, Y0, Y0
	VADDPD  Y0, Y1, Y1
	VMOVUPD Y1, 128(R10)
	ADDQ    $128, R10
	DECQ    CX
	JNZ     knotsSum
	VMOVUPD constants_tail(BX), Y1
	VMOVUPD Y1, (R10)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    R8
	JNZ     knotsVector
	VZEROUPPER
	RET

// func chooseAVX2(c *chosen, v, search, x, y, slopes *row, bins int, t *constants)
TEXT ·chooseAVX2(SB), NOSPLIT, $0-64
	MOVQ c+0(FP), DI
	MOVQ v+8(FP), SI
	MOVQ search+16(FP), R8
	MOVQ x+24(FP), R9
	MOVQ y+32(FP), R10
	MOVQ slopes+40(FP), R11
	MOVQ t+56(FP), BX
	MOVQ $4, R12

chooseVector:
	VMOVUPD (SI), Y0
	VMOVUPD (R9), Y1
	VMOVUPD 128(R9), Y2
	VMOVUPD (R10), Y3
	VMOVUPD 128(R10), Y4
	VMOVUPD (R11), Y5
	VMOVAPD Y5, Y6
	VCMPPD  $13, 128(R8), Y0, Y10
	MOVQ    bins+48(FP), CX
	DECQ    CX
	MOVQ    $128, DX

chooseBin:
	VCMPPD    $13, (R8)(DX*1), Y0, Y11
	VBLENDVPD Y11, (R9)(DX*1), Y1, Y1
	VBLENDVPD Y11, 128(R9)(DX*1), Y2, Y2
	VBLENDVPD Y11, (R10)(DX*1), Y3, Y3
	VBLENDVPD Y11, 128(R10)(DX*1), Y4, Y4
	VBLENDVPD Y11, -128(R11)(DX*1), Y5, Y5
	VBLENDVPD Y11, (R11)(DX*1), Y6, Y6
	ADDQ      $128, DX
	DECQ      CX
	JNZ       chooseBin
	VMOVUPD   Y1, chosen_x(DI)
	VSUBPD    Y1, Y2, Y2
	VMOVUPD   Y2, chosen_w(DI)
	VMOVUPD   Y3, chosen_y(DI)
	VSUBPD    Y3, Y4, Y4
	VMOVUPD   Y4, chosen_h(DI)
	VMOVAPD   Y5, Y12                     // before the softplus
	VMOVAPD   Y6, Y13
	VORPD     constants_sign(BX), Y5, Y0
	VORPD     constants_sign(BX), Y6, Y5
	EXPS
	VMOVAPD   Y5, Y9
	VXORPD    Y14, Y14, Y14
	LOG1P
	VMAXPD    Y14, Y12, Y12
	VADDPD    Y0, Y12, Y0
	VADDPD    constants_smallest(BX), Y0, Y0
	VMOVUPD   constants_one(BX), Y1
	VBLENDVPD Y10, Y0, Y1, Y0
	VMOVUPD   Y0, chosen_d0(DI)
	VMOVAPD   Y9, Y0
	LOG1P
	VMAXPD    Y14, Y13, Y13
	VADDPD    Y0, Y13, Y0
	VADDPD    constants_smallest(BX), Y0, Y0
	VMOVUPD   constants_one(BX), Y1
	VBLENDVPD Y11, Y1, Y0, Y0
	VMOVUPD   Y0, chosen_d1(DI)
	ADDQ      $32, DI
	ADDQ      $32, SI
	ADDQ      $32, R8
	ADDQ      $32, R9
	ADDQ      $32, R10
	ADDQ      $32, R11
	DECQ      R12
	JNZ       chooseVector
	VZEROUPPER
	RET

// func inverseAVX2(c *chosen, u, v *row, t *constants)
TEXT ·inverseAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), R8
	MOVQ u+8(FP), DI
	MOVQ v+16(FP), SI
	MOVQ t+24(FP), BX
	MOVQ $4, CX

inverseLoop:
	VMOVUPD   (SI), Y0
	VMOVUPD   chosen_w(R8), Y1
	VMOVUPD   chosen_h(R8), Y2
	VMOVUPD   chosen_d0(R8), Y3
	VDIVPD    Y1, Y2, Y4                  // slope
	VSUBPD    chosen_y(R8), Y0, Y5        // t
	VADDPD    chosen_d1(R8), Y3, Y6
	VMULPD    constants_two(BX), Y4, Y7
	VSUBPD    Y7, Y6, Y6                  // bend
	VMULPD    Y6, Y5, Y6                  // t bend
	VSUBPD    Y3, Y4, Y7
	VMULPD    Y7, Y2, Y7
	VADDPD    Y6, Y7, Y7                  // a
	VMULPD    Y3, Y2, Y8
	VSUBPD    Y6, Y8, Y8                  // b
	VXORPD    constants_sign(BX), Y4, Y4
	VMULPD    Y5, Y4, Y4                  // c
	VMULPD    Y8, Y8, Y9
	VMULPD    constants_four(BX), Y7, Y7
	VMULPD    Y4, Y7, Y7
	VSUBPD    Y7, Y9, Y9
	VXORPD    Y10, Y10, Y10
	VMAXPD    Y9, Y10, Y9
	VSQRTPD   Y9, Y9
	VXORPD    constants_sign(BX), Y8, Y8
	VSUBPD    Y9, Y8, Y8
	VMULPD    constants_two(BX), Y1, Y1
	VMULPD    Y4, Y1, Y1
	VDIVPD    Y8, Y1, Y1
	VADDPD    chosen_x(R8), Y1, Y1
	VANDPD    constants_magnitude(BX), Y0, Y2
	VCMPPD    $5, constants_tail(BX), Y2, Y2
	VBLENDVPD Y2, Y0, Y1, Y1
	VMOVUPD   Y1, (DI)
	ADDQ      $32, R8
	ADDQ      $32, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       inverseLoop
	VZEROUPPER
	RET

// func forwardAVX2(c *chosen, v, u, logDet *row, t *constants)
TEXT ·forwardAVX2(SB), NOSPLIT, $0-40
	MOVQ c+0(FP), R8
	MOVQ v+8(FP), DI
	MOVQ u+16(FP), SI
	MOVQ logDet+24(FP), DX
	MOVQ t+32(FP), BX
	MOVQ $4, CX

forwardLoop:
	VMOVUPD   (SI), Y0
	VMOVUPD   chosen_w(R8), Y1
	VMOVUPD   chosen_h(R8), Y2
	VMOVUPD   chosen_d0(R8), Y3
	VMOVUPD   chosen_d1(R8), Y4
	VSUBPD    chosen_x(R8), Y0, Y5
	VDIVPD    Y1, Y5, Y5                  // ξ
	VDIVPD    Y1, Y2, Y6                  // slope
	VMOVUPD   constants_one(BX), Y7
	VSUBPD    Y5, Y7, Y7                  // 1 - ξ
	VMULPD    constants_two(BX), Y6, Y8   // 2 slope
	VADDPD    Y3, Y4, Y9
	VSUBPD    Y8, Y9, Y9
	VMULPD    Y5, Y9, Y9
	VMULPD    Y7, Y9, Y9
	VADDPD    Y9, Y6, Y9                  // q
	VMULPD    Y5, Y6, Y10
	VMULPD    Y5, Y10, Y10
	VMULPD    Y5, Y3, Y11
	VMULPD    Y7, Y11, Y11
	VADDPD    Y11, Y10, Y10
	VMULPD    Y10, Y2, Y10
	VDIVPD    Y9, Y10, Y10
	VADDPD    chosen_y(R8), Y10, Y10
	VANDPD    constants_magnitude(BX), Y0, Y12
	VCMPPD    $5, constants_tail(BX), Y12, Y12
	VBLENDVPD Y12, Y0, Y10, Y10
	VMOVUPD   Y10, (DI)
	VMULPD    Y5, Y4, Y10
	VMULPD    Y5, Y10, Y10
	VMULPD    Y5, Y8, Y8
	VMULPD    Y7, Y8, Y8
	VADDPD    Y8, Y10, Y10
	VMULPD    Y7, Y3, Y8
	VMULPD    Y7, Y8, Y8
	VADDPD    Y8, Y10, Y10
	VMULPD    Y6, Y6, Y6
	VMULPD    Y10, Y6, Y0
	LOG
	VMOVAPD   Y0, Y8
	VMOVAPD   Y9, Y0
	LOG
	VMULPD    constants_two(BX), Y0, Y0
	VSUBPD    Y0, Y8, Y0
	VANDNPD   Y0, Y12, Y0
	VADDPD    (DX), Y0, Y0
	VMOVUPD   Y0, (DX)
	ADDQ      $32, R8
	ADDQ      $32, SI
	ADDQ      $32, DI
	ADDQ      $32, DX
	DECQ      CX
	JNZ       forwardLoop
	VZEROUPPER
	RET

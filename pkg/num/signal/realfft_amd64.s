#include "textflag.h"

DATA halfRoot<>+0(SB)/8, $0.70710678118654752440
GLOBL halfRoot<>(SB), RODATA|NOPTR, $8

// func radix4AVX2(ch, cc, w *float64, m, groups int)
// radix4Go with the four signals in the lanes of a register. R8 is at the numbers of the first
// transform, R9 and R10 once and three times the distance of the next; R11 and R12 are at the
// numbers of the result upward and downward, R13 and AX once and three times their distance.
TEXT ·radix4AVX2(SB), NOSPLIT, $0-40
	MOVQ ch+0(FP), DI
	MOVQ cc+8(FP), R8
	MOVQ m+24(FP), R13
	MOVQ groups+32(FP), CX
	MOVQ R13, BX
	SHLQ $3, BX             // bytes of a row of turns
	SHLQ $5, R13
	MOVQ R13, R9
	IMULQ CX, R9
	LEAQ (R9)(R9*2), R10
	LEAQ (R13)(R13*2), AX
	VBROADCASTSD halfRoot<>(SB), Y15
	VXORPD Y14, Y14, Y14
	VSUBPD Y15, Y14, Y14    // -√½

group:
	MOVQ w+16(FP), SI
	MOVQ DI, R11
	LEAQ -32(DI)(R13*1), R12 // number m-1 of the first row
	VMOVUPD (R8), Y0
	VMOVUPD (R8)(R9*1), Y1
	VMOVUPD (R8)(R9*2), Y2
	VMOVUPD (R8)(R10*1), Y3
	VADDPD  Y3, Y1, Y4
	VADDPD  Y2, Y0, Y5
	VSUBPD  Y2, Y0, Y6
	VSUBPD  Y1, Y3, Y7
	VADDPD  Y5, Y4, Y8
	VSUBPD  Y4, Y5, Y9
	VMOVUPD Y8, (R11)
	VMOVUPD Y9, (R12)(AX*1)
	VMOVUPD Y6, (R12)(R13*1)
	VMOVUPD Y7, (R11)(R13*2)
	ADDQ $32, R8
	MOVQ m+24(FP), DX
	SUBQ $1, DX
	JZ   next
	ADDQ $32, R11
	SUBQ $64, R12
	SUBQ $2, DX
	JLT  last

pairs:
	VBROADCASTSD (SI), Y0
	VBROADCASTSD 8(SI), Y1
	VMOVUPD (R8)(R9*1), Y2
	VMOVUPD 32(R8)(R9*1), Y3
	VMULPD  Y2, Y0, Y4
	VMULPD  Y3, Y1, Y5
	VADDPD  Y5, Y4, Y4
	VMULPD  Y3, Y0, Y5
	VMULPD  Y2, Y1, Y6
	VSUBPD  Y6, Y5, Y5      // Y4, Y5: second, turned
	VBROADCASTSD (SI)(BX*1), Y0
	VBROADCASTSD 8(SI)(BX*1), Y1
	VMOVUPD (R8)(R9*2), Y2
	VMOVUPD 32(R8)(R9*2), Y3
	VMULPD  Y2, Y0, Y6
	VMULPD  Y3, Y1, Y7
	VADDPD  Y7, Y6, Y6
	VMULPD  Y3, Y0, Y7
	VMULPD  Y2, Y1, Y8
	VSUBPD  Y8, Y7, Y7      // Y6, Y7: third
	VBROADCASTSD (SI)(BX*2), Y0
	VBROADCASTSD 8(SI)(BX*2), Y1
	VMOVUPD (R8)(R10*1), Y2
	VMOVUPD 32(R8)(R10*1), Y3
	VMULPD  Y2, Y0, Y8
	VMULPD  Y3, Y1, Y9
	VADDPD  Y9, Y8, Y8
	VMULPD  Y3, Y0, Y9
	VMULPD  Y2, Y1, Y10
	VSUBPD  Y10, Y9, Y9     // Y8, Y9: fourth
	VADDPD  Y8, Y4, Y10
	VADDPD  Y9, Y5, Y11     // odd
	VSUBPD  Y4, Y8, Y12     // cross, imaginary
	VSUBPD  Y9, Y5, Y13     // cross, real
	VMOVUPD (R8), Y2
	VMOVUPD 32(R8), Y3
	VADDPD  Y6, Y2, Y4
	VADDPD  Y7, Y3, Y5      // sum
	VSUBPD  Y6, Y2, Y6
	VSUBPD  Y7, Y3, Y7      // difference
	VADDPD  Y4, Y10, Y0
	VADDPD  Y5, Y11, Y1
	VMOVUPD Y0, (R11)
	VMOVUPD Y1, 32(R11)
	VSUBPD  Y10, Y4, Y0
	VSUBPD  Y5, Y11, Y1
	VMOVUPD Y0, (R12)(AX*1)
	VMOVUPD Y1, 32(R12)(AX*1)
	VADDPD  Y6, Y13, Y0
	VADDPD  Y7, Y12, Y1
	VMOVUPD Y0, (R11)(R13*2)
	VMOVUPD Y1, 32(R11)(R13*2)
	VSUBPD  Y13, Y6, Y0
	VSUBPD  Y7, Y12, Y1
	VMOVUPD Y0, (R12)(R13*1)
	VMOVUPD Y1, 32(R12)(R13*1)
	ADDQ $16, SI
	ADDQ $64, R8
	ADDQ $64, R11
	SUBQ $64, R12
	SUBQ $2, DX
	JGE  pairs

last:
	VMOVUPD (R8), Y0
	VMOVUPD (R8)(R9*1), Y1
	VMOVUPD (R8)(R9*2), Y2
	VMOVUPD (R8)(R10*1), Y3
	VADDPD  Y3, Y1, Y4
	VMULPD  Y4, Y14, Y4
	VSUBPD  Y3, Y1, Y5
	VMULPD  Y5, Y15, Y5
	VADDPD  Y0, Y5, Y6
	VSUBPD  Y5, Y0, Y7
	VSUBPD  Y2, Y4, Y8
	VADDPD  Y2, Y4, Y9
	VMOVUPD Y6, (R11)
	VMOVUPD Y7, (R11)(R13*2)
	VMOVUPD Y8, (DI)(R13*1)
	VMOVUPD Y9, (DI)(AX*1)
	ADDQ $32, R8

next:
	LEAQ (DI)(R13*4), DI
	DECQ CX
	JNZ  group
	VZEROUPPER
	RET

/* A driver library with one card, for the real binding: what hardware/probe.py asks, and nothing else.
   FAKE_NVML_FAIL names a function that answers with NVML_ERROR_UNKNOWN (999). */
#include <stdlib.h>
#include <string.h>

typedef struct { unsigned long long total, free, used; } memory_t;

static int answer(const char *name) {
    const char *failing = getenv("FAKE_NVML_FAIL");
    return failing && strcmp(failing, name) == 0 ? 999 : 0;
}

int nvmlInitWithFlags(unsigned int flags) { (void)flags; return answer("init"); }
int nvmlInit_v2(void) { return answer("init"); }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { (void)code; return "unknown"; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 1; return answer("count"); }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
    static int card;
    (void)index;
    *device = &card;
    return answer("handle");
}
int nvmlDeviceGetMemoryInfo(void *device, memory_t *memory) {
    (void)device;
    memory->total = 6ULL << 30;
    memory->free = 5ULL << 30;
    memory->used = 1ULL << 30;
    return answer("memory");
}
int nvmlDeviceGetName(void *device, char *name, unsigned int length) {
    (void)device;
    strncpy(name, "NVIDIA GeForce RTX 3050 6GB Laptop GPU", length);
    return answer("name");
}
int nvmlSystemGetDriverVersion(char *version, unsigned int length) {
    strncpy(version, "570.86", length);
    return answer("driver");
}

/* A driver library with one card, for the real binding: what hardware/nvidia.py asks, and nothing else.
   FAKE_NVML_FAIL: names of functions, in commas, that answer with NVML_ERROR_UNKNOWN (999). */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } process_t;

static int answer(const char *name) {
    const char *failing = getenv("FAKE_NVML_FAIL");
    char list[256], wanted[64];
    if (!failing) return 0;
    snprintf(list, sizeof list, ",%s,", failing);
    snprintf(wanted, sizeof wanted, ",%s,", name);
    return strstr(list, wanted) ? 999 : 0;
}

int nvmlInitWithFlags(unsigned int flags) { (void)flags; return answer("init"); }
int nvmlInit_v2(void) { return answer("init"); }
int nvmlShutdown(void) { return answer("shutdown"); }
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
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned int *celsius) {
    (void)device; (void)sensor;
    *celsius = 55;
    return answer("temperature");
}
int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) {
    (void)device;
    *milliwatts = 42500;
    return answer("power");
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned int rates[2]) {
    (void)device;
    rates[0] = 63;
    rates[1] = 20;
    return answer("utilization");
}

/* The binding asks for the number first, with room for none (7: NVML_ERROR_INSUFFICIENT_SIZE). */
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, process_t *found) {
    (void)device;
    if (*count < 2) { *count = 2; return answer("processes") ? 999 : 7; }
    *count = 2;
    found[0] = (process_t){4242, 900ULL << 20, 0, 0};
    found[1] = (process_t){4343, ~0ULL, 0, 0};
    return answer("processes");
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned int *count, process_t *found) {
    (void)device; (void)found;
    *count = 0;
    return answer("processes");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* acpi_power.c - see acpi_power.h. PURE. */
#include "acpi_power.h"

#include "string.h"

/* "Fixed ACPI Description Table (FADT)": offsets. Older tables end before some of them. */
#define DSDT          40
#define SMI_CMD       48
#define ACPI_ENABLE   52
#define PM1A_CNT      64
#define PM1B_CNT      68
#define FLAGS         112
#define RESET_REG     116
#define RESET_VALUE   128
#define X_DSDT        140
#define X_PM1A_CNT    172
#define X_PM1B_CNT    184
#define SLEEP_CONTROL 244
#define FADT_MIN      116
#define FADT_MAX      256 /* as far as it is read */

#define RESET_REG_SUP BIT64(10)
#define HW_REDUCED    BIT64(20)

#define SSDTS_MAX 64

/* --- \_S5 ----------------------------------------------------------------------------------------
 *
 *   NameOp [RootChar] "_S5_" PackageOp PkgLength NumElements number number ...
 *
 * "ACPI Machine Language (AML) Specification". It is looked for at every byte, since nothing else
 * in AML looks like it.
 */
#define NAME_OP    0x08
#define ROOT_CHAR  0x5c
#define PACKAGE_OP 0x12
#define ZERO_OP    0x00
#define ONE_OP     0x01
#define BYTE       0x0a
#define WORD       0x0b
#define DWORD      0x0c
#define QWORD      0x0e

#define S5_MAX 32 /* bytes: the name, the package's head, two numbers */
#define WINDOW 256

#define SLEEP_TYPE_MAX 7

/* What is left to read. */
struct aml {
    const uint8_t *at;
    size_t left;
};

static bool take(struct aml *aml, uint64_t *number, unsigned bytes)
{
    if (aml->left < bytes)
        return false;
    *number = little_endian(aml->at, bytes);
    aml->at += bytes;
    aml->left -= bytes;
    return true;
}

static bool take_op(struct aml *aml, uint8_t op)
{
    if (!aml->left || aml->at[0] != op)
        return false;
    aml->at++;
    aml->left--;
    return true;
}

/* The package goes no further than its length, which counts from the length's own first byte. */
static bool take_package_length(struct aml *aml)
{
    struct aml before = *aml;
    uint64_t lead, rest = 0, length;

    if (!take(aml, &lead, 1) || !take(aml, &rest, (unsigned)(lead >> 6)))
        return false;
    length = lead >> 6 ? (lead & 0xf) | rest << 4 : lead & 0x3f;
    if (length < before.left - aml->left)
        return false;
    length -= before.left - aml->left;
    if (length < aml->left)
        aml->left = length;
    return true;
}

static bool take_number(struct aml *aml, uint64_t *number)
{
    uint64_t op;

    if (!take(aml, &op, 1))
        return false;
    *number = op;
    switch (op) {
    case ZERO_OP:
    case ONE_OP:
        return true;
    case BYTE:
        return take(aml, number, 1);
    case WORD:
        return take(aml, number, 2);
    case DWORD:
        return take(aml, number, 4);
    case QWORD:
        return take(aml, number, 8);
    default:
        return false;
    }
}

/* A package of one number has both types in that number's bytes. */
static bool take_types(struct aml *aml, uint64_t count, uint8_t type[2])
{
    uint64_t a, b;

    if (!take_number(aml, &a))
        return false;
    if (count == 1) {
        b = a >> 8;
        a &= 0xff;
    } else if (!take_number(aml, &b)) {
        return false;
    }
    if (a > SLEEP_TYPE_MAX || b > SLEEP_TYPE_MAX)
        return false;
    type[0] = (uint8_t)a;
    type[1] = (uint8_t)b;
    return true;
}

/* Whether \_S5 begins just here. */
static bool is_s5(const uint8_t *at, size_t left, uint8_t type[2])
{
    struct aml aml = {at, left};
    uint64_t count;

    if (!take_op(&aml, NAME_OP))
        return false;
    (void)take_op(&aml, ROOT_CHAR);
    if (aml.left < 4 || memcmp(aml.at, "_S5_", 4) != 0)
        return false;
    aml = (struct aml){aml.at + 4, aml.left - 4};
    return take_op(&aml, PACKAGE_OP) && take_package_length(&aml) && take(&aml, &count, 1) &&
           count && take_types(&aml, count, type);
}

/* The windows overlap by the length of the longest \_S5. */
static bool find_s5(const struct acpi *acpi, uint64_t table, uint32_t length, uint8_t type[2])
{
    uint8_t bytes[WINDOW + S5_MAX];

    for (uint32_t start = ACPI_HEADER_SIZE; start < length; start += WINDOW) {
        size_t size = length - start < sizeof(bytes) ? length - start : sizeof(bytes);

        if (!acpi->read(acpi->context, table + start, bytes, size))
            return false;
        for (size_t i = 0; i < WINDOW && i < size; i++)
            if (is_s5(&bytes[i], size - i, type))
                return true;
    }
    return false;
}

/* --- the FADT --------------------------------------------------------------------------------- */

struct fadt {
    uint8_t bytes[FADT_MAX];
    uint32_t length;
};

/* A field beyond the table's end is 0, like one that is not used. */
static uint64_t field(const struct fadt *fadt, unsigned at, unsigned bytes)
{
    return at + bytes <= fadt->length ? little_endian(&fadt->bytes[at], bytes) : 0;
}

static struct gas register_at(const struct fadt *fadt, unsigned at)
{
    if (at + GAS_SIZE > fadt->length)
        return (struct gas){.address = 0};
    return gas_read(&fadt->bytes[at]);
}

/* A register of `bytes` that can be reached: in memory, or at a port that exists. */
static bool usable(const struct gas *gas, unsigned bytes)
{
    if (!gas->address)
        return false;
    if (gas->space == GAS_IO)
        return gas->address <= 0x10000 - bytes;
    return gas->space == GAS_MEMORY && gas->address <= UINT64_MAX - bytes;
}

/* The extended field where it can be used, else the I/O port of the old one. */
static struct gas pm1_control(const struct fadt *fadt, unsigned extended, unsigned old)
{
    struct gas gas = register_at(fadt, extended);

    if (usable(&gas, 2))
        return gas;
    gas = (struct gas){.space = GAS_IO, .bits = 16, .access = 2, .address = field(fadt, old, 4)};
    if (!usable(&gas, 2))
        gas.address = 0;
    return gas;
}

static bool in_pci(const struct gas *gas)
{
    return gas->space == GAS_PCI && !(gas->address >> 48) && field_of(gas->address, 32, 16) < 32 &&
           field_of(gas->address, 16, 16) < 8 && field_of(gas->address, 0, 16) < 256;
}

static void read_reset(const struct fadt *fadt, struct power *power)
{
    struct gas reset = register_at(fadt, RESET_REG);

    if (!has_any(field(fadt, FLAGS, 4), RESET_REG_SUP) || fadt->length <= RESET_VALUE)
        return;
    if (!usable(&reset, 1) && !in_pci(&reset))
        return;
    power->reset = reset;
    power->reset_value = fadt->bytes[RESET_VALUE];
}

static bool read_s5(const struct acpi *acpi, const struct fadt *fadt, struct power *power)
{
    uint64_t table = field(fadt, X_DSDT, 8);
    uint32_t length;
    unsigned from = 0;

    if (!table)
        table = field(fadt, DSDT, 4);
    length = acpi_table_length(acpi, table, "DSDT");
    if (length && find_s5(acpi, table, length, power->sleep_type))
        return true;
    for (unsigned i = 0; i < SSDTS_MAX; i++) {
        table = acpi_find_next(acpi, "SSDT", &from, &length);
        if (!table)
            return false;
        if (find_s5(acpi, table, length, power->sleep_type))
            return true;
    }
    return false;
}

/* Returns why the machine cannot be switched off, or NULL. */
static const char *read_power_off(const struct acpi *acpi, const struct fadt *fadt,
                                  struct power *power)
{
    power->reduced = has_any(field(fadt, FLAGS, 4), HW_REDUCED);
    power->sleep_control = register_at(fadt, SLEEP_CONTROL);
    power->control[0] = pm1_control(fadt, X_PM1A_CNT, PM1A_CNT);
    power->control[1] = pm1_control(fadt, X_PM1B_CNT, PM1B_CNT);
    power->smi_command = field(fadt, SMI_CMD, 4) <= 0xffff ? (uint16_t)field(fadt, SMI_CMD, 4) : 0;
    power->acpi_enable = (uint8_t)field(fadt, ACPI_ENABLE, 1);
    if (power->reduced && !usable(&power->sleep_control, 1))
        return "the FADT has no usable SLEEP_CONTROL_REG";
    if (!power->reduced && !power->control[0].address)
        return "the FADT has no usable PM1a_CNT_BLK";
    if (!read_s5(acpi, fadt, power))
        return "neither DSDT nor SSDTs have a package \\_S5 of numbers";
    return NULL;
}

void power_read(const struct acpi *acpi, struct power *power)
{
    struct fadt fadt = {.length = 0};
    uint64_t at = acpi_find(acpi, "FACP", &fadt.length);

    *power = (struct power){.no_power_off = "there is no valid FADT"};
    if (fadt.length > FADT_MAX)
        fadt.length = FADT_MAX;
    if (!at || fadt.length < FADT_MIN || !acpi->read(acpi->context, at, fadt.bytes, fadt.length))
        return;
    read_reset(&fadt, power);
    power->no_power_off = read_power_off(acpi, &fadt, power);
}

static void print_gas(const struct gas *gas, struct out *out)
{
    static const char *const spaces[] = {
        [GAS_MEMORY] = "memory", [GAS_IO] = "I/O port", [GAS_PCI] = "PCI configuration space"};

    out_printf(out, "%s 0x%lx", spaces[gas->space], gas->address);
}

void power_print(const struct power *power, struct out *out)
{
    out_printf(out, "acpi: power-off ");
    if (power->no_power_off) {
        out_printf(out, "is not possible: %s", power->no_power_off);
    } else {
        out_printf(out, "by %s at ", power->reduced ? "SLEEP_CONTROL_REG" : "PM1a_CNT");
        print_gas(power->reduced ? &power->sleep_control : &power->control[0], out);
        out_printf(out, ", SLP_TYP %u", power->sleep_type[0]);
    }
    out_printf(out, "; reset ");
    if (power->reset.address) {
        out_printf(out, "by ");
        print_gas(&power->reset, out);
        out_printf(out, ", value 0x%x\n", power->reset_value);
    } else {
        out_printf(out, "register: none\n");
    }
}

// Cells of CSV files that people open in spreadsheets: no text of strangers becomes a formula (RFC 4180; ASVS 1.2.10).

/** A cell, always quoted; what a spreadsheet would take for a formula has an apostrophe before it. */
export function csvCell(text: string): string {
  const isFormula = /^[=+\-@\t\r\n]/.test(text);
  return `"${isFormula ? "'" : ''}${text.replaceAll('"', '""')}"`;
}

/** A line of cells, with its end. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

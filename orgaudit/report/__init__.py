"""What people and programs read: workbook, PDF and data files, all drawn from one view of the results."""
